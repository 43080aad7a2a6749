package io.hourmeter.examples.webapp;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.stripe.web.PaymentsServlet;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Servlet;
import java.io.IOException;
import java.util.EnumSet;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The web server: what a {@code web.xml} would say, in Java. */
final class Site implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Site.class);

    /** What requests that are running at the stop get to come to their end; open streams are cut after that. */
    private static final long STOP_MILLIS = 2_000;

    private final Server server;
    private final ServerConnector connector;
    private final Ticker ticker;

    private Site(Server server, ServerConnector connector, Ticker ticker) {
        this.server = server;
        this.connector = connector;
        this.ticker = ticker;
    }

    /** Throws IOException when the port cannot be had. */
    static Site start(MeteringConfig config) throws IOException {
        Ticker ticker = new Ticker();
        Server server = new Server();
        server.setStopTimeout(STOP_MILLIS);
        server.setErrorHandler(new ProblemErrors());

        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(WebApp.HOST);
        connector.setPort(config.get(Settings.WEBAPP_PORT));
        server.addConnector(connector);
        server.setHandler(new GracefulHandler(context(config, ticker)));

        Site site = new Site(server, connector, ticker);
        boolean started = false;
        try {
            // The port first: on a busy one nothing else has begun yet.
            connector.open();
            server.start();
            started = true;
            return site;
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw cannotStart(e);
        } finally {
            if (!started) {
                site.close();
            }
        }
    }

    /** A wrong setting that the filter or the payments found speaks for itself. */
    private static CannotStartException cannotStart(Exception e) {
        Throwable reason = e;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConfigurationException) {
                return new CannotStartException(String.valueOf(cause.getMessage()), e);
            }
            reason = cause;
        }
        return new CannotStartException("The web application cannot start: " + reason, e);
    }

    private static ServletContextHandler context(MeteringConfig config, Ticker ticker) {
        ServletContextHandler context = new ServletContextHandler("/", ServletContextHandler.NO_SESSIONS);
        context.setErrorHandler(new ProblemErrors());
        // Filter and payments read the same settings as this program, not once more from the file.
        context.setAttribute(MeteringFilter.CONFIG_ATTRIBUTE, config);

        FilterHolder metering = new FilterHolder(new MeteringFilter());
        metering.setAsyncSupported(true);
        context.addFilter(
                metering, "/api/*", EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC));

        add(context, "/api/status", new StatusServlet());
        add(context, "/api/upload", new UploadServlet());
        add(context, "/api/slow", new SlowServlet(ticker));
        add(context, "/api/stream", new StreamServlet(ticker));
        add(context, "/api/download", new DownloadServlet());
        add(context, "/health", new HealthServlet());
        add(context, "/payments/*", new PaymentsServlet());

        ServletHolder page = new ServletHolder(new PageServlet(config.get(Settings.LICENSE_HEADER)));
        // The empty pattern is "/" exactly; what nothing is mapped to is 404.
        context.addServlet(page, "");
        PageServlet.files().forEach(path -> context.addServlet(page, path));
        return context;
    }

    private static void add(ServletContextHandler context, String path, Servlet servlet) {
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        // At the start, so that a wrong setting is seen then and not by the first customer.
        holder.setInitOrder(1);
        context.addServlet(holder, path);
    }

    int port() {
        return connector.getLocalPort();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (TimeoutException e) {
            LOG.info("Requests still running after {} ms were cut; their time up to here counts", STOP_MILLIS);
        } catch (Exception e) {
            LOG.warn("The web server did not stop cleanly", e);
        } finally {
            // A port that was opened for a server that never started is not closed by stopping it.
            connector.close();
            ticker.close();
        }
    }
}
