package io.hourmeter.internal;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Loads the classes of a module while they are there. Somebody may write a new jar over that of a process which runs; a
 * class that is first needed after that cannot be loaded any more, and a session that ends for the first time then would
 * fail half-way.
 */
public final class OwnClasses {

    private static final String ENDING = ".class";
    private static final String INTERNAL = "/internal/";

    private OwnClasses() {}

    /**
     * Loads all classes below the package of a class, from the jar or folder that the class comes from, but not what is
     * relocated below {@code internal}. Where that cannot be listed, as with some containers' own archives, nothing is
     * loaded; a class that lacks an optional library is left out. For static initialisers: each call does it all.
     *
     * @param anchor any class of a module
     * @return how many are loaded
     */
    public static int load(Class<?> anchor) {
        ClassLoader loader = anchor.getClassLoader();
        String folder = anchor.getPackageName().replace('.', '/') + '/';
        String name = folder + anchor.getSimpleName() + ENDING;
        URL place = loader == null ? null : loader.getResource(name);
        if (place == null) {
            return 0;
        }
        int loaded = 0;
        try {
            for (String file : files(place, folder)) {
                loaded += load(file, loader) ? 1 : 0;
            }
        } catch (IOException | URISyntaxException | RuntimeException e) {
            // They are loaded when they are needed, as everybody else's.
            return loaded;
        }
        return loaded;
    }

    /** The names of all class files in a folder and below it. */
    private static List<String> files(URL place, String folder) throws IOException, URISyntaxException {
        if (place.getProtocol().equals("file")) {
            return inFolder(Path.of(place.toURI()).resolveSibling(""), folder);
        }
        URLConnection connection = place.openConnection();
        if (!(connection instanceof JarURLConnection jar)) {
            return List.of();
        }
        // The cached jar file is everybody's; one of our own is closed here.
        connection.setUseCaches(false);
        try (JarFile entries = jar.getJarFile()) {
            return entries.stream()
                    .map(entry -> entry.getName())
                    .filter(entry -> entry.startsWith(folder) && isOurs(entry))
                    .toList();
        }
    }

    private static boolean isOurs(String file) {
        int internal = file.indexOf(INTERNAL);
        boolean relocated = internal >= 0 && file.indexOf('/', internal + INTERNAL.length()) >= 0;
        return file.endsWith(ENDING) && !relocated;
    }

    private static List<String> inFolder(Path place, String folder) throws IOException {
        try (Stream<Path> files = Files.walk(place)) {
            return files.map(file -> folder + place.relativize(file).toString().replace('\\', '/'))
                    .filter(OwnClasses::isOurs)
                    .toList();
        }
    }

    private static boolean load(String file, ClassLoader loader) {
        try {
            Class.forName(file.substring(0, file.length() - ENDING.length()).replace('/', '.'), false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
