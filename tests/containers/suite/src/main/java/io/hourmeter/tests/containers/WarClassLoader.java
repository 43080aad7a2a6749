package io.hourmeter.tests.containers;

import java.io.IOException;
import java.net.URLClassLoader;

/** The class loader of a web application, for containers that bring none: the application's own classes go first. */
public final class WarClassLoader extends URLClassLoader {

    static {
        registerAsParallelCapable();
    }

    /**
     * Opens the jars.
     *
     * @param war whose classes
     * @throws IOException if the folder cannot be read
     */
    public WarClassLoader(War war) throws IOException {
        super(war.classPath(), WarClassLoader.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (name.startsWith("java.") || name.startsWith("jakarta.")) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            try {
                return findClass(name);
            } catch (ClassNotFoundException e) {
                return super.loadClass(name, resolve);
            }
        }
    }
}
