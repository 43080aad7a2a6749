package io.hourmeter.servlet;

import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.jspecify.annotations.Nullable;

/**
 * Loads the filter and the core once more, each method with a {@link Tripwire} at its beginning, and the tests of this
 * package beside them, the tripwire too: two loaders have nothing in common. Which classes there are is found from the class
 * path.
 */
final class TripwireLoader extends ClassLoader {

    private static final String TESTS = "io.hourmeter.servlet.";
    private static final String WIRE = Tripwire.class.getName();

    private final Map<String, byte[]> wired;
    private final @Nullable String missing;

    TripwireLoader() {
        this(wiredClasses(), null);
    }

    private TripwireLoader(Map<String, byte[]> wired, @Nullable String missing) {
        super(TripwireLoader.class.getClassLoader());
        this.wired = wired;
        this.missing = missing;
    }

    /** The same classes anew, but for one that is not there. */
    TripwireLoader without(String name) {
        return new TripwireLoader(wired, name);
    }

    private static Map<String, byte[]> wiredClasses() {
        Map<String, byte[]> found = new HashMap<>();
        for (Class<?> one : new Class<?>[] {MeteringFilter.class, UsageTracker.class}) {
            try {
                URI place =
                        one.getProtectionDomain().getCodeSource().getLocation().toURI();
                Path path = Path.of(place);
                if (Files.isDirectory(path)) {
                    collect(path, found);
                } else {
                    try (FileSystem jar = FileSystems.newFileSystem(path)) {
                        collect(jar.getPath("/"), found);
                    }
                }
            } catch (IOException | URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return found;
    }

    private static void collect(Path root, Map<String, byte[]> found) throws IOException {
        Path ours = root.resolve("io/hourmeter");
        try (Stream<Path> files = Files.walk(ours)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = root.relativize(file).toString().replace('/', '.').replace('\\', '.');
                if (name.endsWith(".class") && !name.startsWith("io.hourmeter.internal.okhttp3.")) {
                    found.put(name.substring(0, name.length() - ".class".length()), wired(Files.readAllBytes(file)));
                }
            }
        }
    }

    private static byte[] wired(byte[] plain) {
        ClassReader reader = new ClassReader(plain);
        String name = reader.getClassName().replace('/', '.');
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String method, String descriptor, String signature, String[] exceptions) {
                        MethodVisitor visitor = super.visitMethod(access, method, descriptor, signature, exceptions);
                        String id = name + "." + method + descriptor;
                        return new MethodVisitor(Opcodes.ASM9, visitor) {
                            @Override
                            public void visitCode() {
                                super.visitCode();
                                visitLdcInsn(id);
                                visitMethodInsn(
                                        Opcodes.INVOKESTATIC,
                                        WIRE.replace('.', '/'),
                                        "enter",
                                        "(Ljava/lang/String;)V",
                                        false);
                            }
                        };
                    }
                },
                0);
        return writer.toByteArray();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            if (name.equals(missing)) {
                throw new ClassNotFoundException(name);
            }
            byte[] code = wired.get(name);
            if (code == null && name.startsWith(TESTS)) {
                code = plain(name);
            }
            return code == null ? super.loadClass(name, resolve) : defineClass(name, code, 0, code.length);
        }
    }

    private byte[] plain(String name) throws ClassNotFoundException {
        try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
