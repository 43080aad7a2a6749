package io.hourmeter.tests.libraries;

import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.stripe.web.PaymentsServlet;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.EnumSet;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.startup.Tomcat;

/** An application with an embedded Tomcat, which needs no library that metering needs. */
public final class TomcatHost {

    private TomcatHost() {}

    /**
     * Starts it, tells its port, and serves until the process is ended.
     *
     * @param arguments names of {@link Feature}
     * @throws LifecycleException if Tomcat cannot start
     */
    public static void main(String[] arguments) throws LifecycleException {
        Set<Feature> features = Feature.of(arguments);
        if (features.contains(Feature.EMBEDDED)) {
            Told.key(FirstLicense.made());
        }
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir("tomcat");
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", null);
        context.addServletContainerInitializer((classes, servlets) -> register(servlets, features), null);
        tomcat.start();
        if (context.getState() != LifecycleState.STARTED) {
            // What the person who starts it reads is in the log.
            System.exit(1);
        }
        Told.port(tomcat.getConnector().getLocalPort());
    }

    private static void register(ServletContext context, Set<Feature> features) {
        if (!features.contains(Feature.UNMETERED)) {
            FilterRegistration.Dynamic metering = context.addFilter("metering", new MeteringFilter());
            metering.setAsyncSupported(true);
            metering.addMappingForUrlPatterns(
                    EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC), true, "/api/*");
        }
        context.addServlet("hello", new HelloServlet()).addMapping("/api/hello");
        if (features.contains(Feature.OKHTTP)) {
            context.addServlet("okhttp", new OkHttpServlet()).addMapping("/okhttp");
        }
        if (features.contains(Feature.PAYMENTS)) {
            ServletRegistration.Dynamic payments = context.addServlet("payments", new PaymentsServlet());
            payments.setLoadOnStartup(1);
            payments.addMapping("/payments/*");
        }
    }
}
