package io.hourmeter.tests.containers;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder as it is unpacked from a WAR: {@code WEB-INF/classes}, {@code WEB-INF/lib} and, for containers that read it,
 * {@code WEB-INF/web.xml}.
 *
 * @param folder where it is
 * @param listeners class names of the {@code ServletContextListener}s, in order, for containers without web.xml
 */
public record War(Path folder, List<String> listeners) {

    /**
     * What the class loader of the application has: the classes, then the jars.
     *
     * @return addresses for a {@link java.net.URLClassLoader}
     * @throws IOException if the folder cannot be read
     */
    public URL[] classPath() throws IOException {
        List<URL> urls = new ArrayList<>();
        urls.add(url(folder.resolve("WEB-INF/classes")));
        try (Stream<Path> jars = Files.list(folder.resolve("WEB-INF/lib"))) {
            for (Path jar : jars.sorted().toList()) {
                urls.add(url(jar));
            }
        }
        return urls.toArray(URL[]::new);
    }

    private static URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }
}
