package io.hourmeter.tests.containers;

import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;

/** Deploys {@link Sockets} of {@link Site} when the container has its part ready. */
final class SocketListener implements ServletContextListener {

    @Override
    public void contextInitialized(ServletContextEvent event) {
        Sockets.deploy(event.getServletContext(), Site.METERED);
        Sockets.deploy(event.getServletContext(), Site.FREE);
    }
}
