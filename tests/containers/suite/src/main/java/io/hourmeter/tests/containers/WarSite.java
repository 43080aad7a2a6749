package io.hourmeter.tests.containers;

import io.hourmeter.servlet.LicenseKeyResolver;
import io.hourmeter.servlet.MeteringFilter;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;

/**
 * The application of an unpacked WAR: a page at every path, asynchronous where the path ends with {@code async}, and with a
 * way to {@value #INNER} where it is one of {@value #FORWARD} and {@value #DISPATCH}. Registers
 * the filter by code if there is a resource {@value #BY_CODE}, has sockets if there is one {@value #SOCKETS}, and
 * a resolver that knows no license if there is one {@value #RESOLVER}.
 */
public final class WarSite implements ServletContextListener {

    static final String FORWARD = "/forward";

    static final String DISPATCH = "/dispatch";

    private static final String INNER = "/api/x";

    static final String BY_CODE = "filter-by-code";

    static final String SOCKETS = "sockets";

    static final String RESOLVER = "resolver";

    /** For the container. */
    public WarSite() {}

    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        ClassLoader loader = getClass().getClassLoader();
        Deployments.started(loader);
        ServletRegistration.Dynamic page = context.addServlet("page", new Page());
        page.setAsyncSupported(true);
        page.addMapping("/*");
        if (loader.getResource(RESOLVER) != null) {
            context.setAttribute(MeteringFilter.RESOLVER_ATTRIBUTE, (LicenseKeyResolver) request -> Optional.empty());
        }
        if (loader.getResource(SOCKETS) != null) {
            Sockets.deploy(context, "/api");
        }
        if (loader.getResource(BY_CODE) != null) {
            FilterRegistration.Dynamic metering = context.addFilter("metering", new MeteringFilter());
            metering.setAsyncSupported(true);
            metering.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/api/*");
        }
    }

    /** As many applications have it for their start page. */
    public static final class ToIndex implements Filter {

        /** For the container. */
        public ToIndex() {}

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            if (((HttpServletRequest) request).getRequestURI().equals("/")) {
                request.getRequestDispatcher("/index.html").forward(request, response);
            } else {
                chain.doFilter(request, response);
            }
        }
    }

    /** Answers with the class loader that it was loaded by. */
    private static final class Page extends HttpServlet {

        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            if (FORWARD.equals(request.getPathInfo())) {
                request.getRequestDispatcher(INNER).forward(request, response);
                return;
            }
            if (DISPATCH.equals(request.getPathInfo())) {
                request.startAsync().dispatch(INNER);
                return;
            }
            response.getWriter()
                    .print(MeteringFilter.class.getClassLoader() == getClass().getClassLoader());
            if (request.getRequestURI().endsWith("async")) {
                AsyncContext async = request.startAsync();
                // Not by AsyncContext.start: Undertow's workers begun there keep the application's class loader.
                async.complete();
            }
        }
    }
}
