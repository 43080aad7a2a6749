package io.hourmeter.tests.containers.springboot;

import io.hourmeter.tests.containers.WebApplication;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.EventListener;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.RegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.boot.web.servlet.ServletListenerRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.support.GenericApplicationContext;

/**
 * What an application of the suite registers with its {@code ServletContext}, as the beans that a Spring Boot application
 * would declare. The setup is given a context that takes notes; what else it asks of it, then or later, the real one
 * answers once it is there.
 */
final class RegistrationBeans {

    private final List<RegistrationBean> beans = new ArrayList<>();
    private final Map<String, Object> attributes = new LinkedHashMap<>();
    private final AtomicReference<ServletContext> real = new AtomicReference<>();

    private RegistrationBeans() {}

    static RegistrationBeans of(WebApplication.Setup setup) {
        RegistrationBeans noted = new RegistrationBeans();
        try {
            setup.start(noted.context());
        } catch (ServletException e) {
            throw new IllegalStateException(e);
        }
        return noted;
    }

    void addTo(GenericApplicationContext context) {
        context.registerBean("realContext", ServletContextInitializer.class, () -> this::starts);
        for (int i = 0; i < beans.size(); i++) {
            RegistrationBean bean = beans.get(i);
            // Filters in the order of their registration.
            bean.setOrder(i);
            register(context, "registration" + i, bean);
        }
    }

    private void starts(ServletContext context) {
        attributes.forEach(context::setAttribute);
        real.set(context);
    }

    /** Under its own class, by which Spring Boot finds it. */
    private static <T extends RegistrationBean> void register(GenericApplicationContext context, String name, T bean) {
        @SuppressWarnings("unchecked") // the class of an object is a Class of its type
        Class<T> type = (Class<T>) bean.getClass();
        context.registerBean(name, type, () -> bean);
    }

    private ServletContext context() {
        return proxy(ServletContext.class, (method, arguments) -> switch (method.getName()) {
            case "addFilter" -> filter((String) arguments[0], (Filter) arguments[1]);
            case "addServlet" -> servlet((String) arguments[0], (Servlet) arguments[1]);
            case "addListener" -> beans.add(new ServletListenerRegistrationBean<>((EventListener) arguments[0]));
            default -> delegate(method, arguments);
        });
    }

    private Object delegate(Method method, Object[] arguments) throws Throwable {
        ServletContext context = real.get();
        if (context == null && method.getName().equals("setAttribute")) {
            return attributes.put((String) arguments[0], arguments[1]);
        }
        if (context == null) {
            throw new IllegalStateException(method.getName() + " before the application starts");
        }
        try {
            return method.invoke(context, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private FilterRegistration.Dynamic filter(String name, Filter filter) {
        FilterRegistrationBean<Filter> bean = new FilterRegistrationBean<>(filter);
        bean.setName(name);
        beans.add(bean);
        return proxy(FilterRegistration.Dynamic.class, (method, arguments) -> {
            switch (method.getName()) {
                case "setAsyncSupported" -> bean.setAsyncSupported((boolean) arguments[0]);
                case "addMappingForUrlPatterns" -> {
                    if (!bean.getUrlPatterns().isEmpty()) {
                        // A bean has one mapping, and needs no second one to stand before the container's filters.
                        break;
                    }
                    @SuppressWarnings("unchecked") // as the method is declared
                    EnumSet<DispatcherType> dispatches = (EnumSet<DispatcherType>) arguments[0];
                    bean.setDispatcherTypes(dispatches);
                    bean.setMatchAfter((boolean) arguments[1]);
                    bean.addUrlPatterns((String[]) arguments[2]);
                }
                default -> throw new UnsupportedOperationException(method.getName());
            }
            return null;
        });
    }

    private ServletRegistration.Dynamic servlet(String name, Servlet servlet) {
        // Else its constructor maps the servlet to everything.
        ServletRegistrationBean<Servlet> bean = new ServletRegistrationBean<>(servlet, false);
        bean.setName(name);
        beans.add(bean);
        return proxy(ServletRegistration.Dynamic.class, (method, arguments) -> {
            switch (method.getName()) {
                case "setAsyncSupported" -> bean.setAsyncSupported((boolean) arguments[0]);
                case "setMultipartConfig" -> bean.setMultipartConfig((MultipartConfigElement) arguments[0]);
                case "setLoadOnStartup" -> bean.setLoadOnStartup((int) arguments[0]);
                case "addMapping" -> bean.addUrlMappings((String[]) arguments[0]);
                default -> throw new UnsupportedOperationException(method.getName());
            }
            return null;
        });
    }

    /** Answers the calls of an interface. */
    private interface Calls {
        Object answer(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Calls calls) {
        return type.cast(Proxy.newProxyInstance(
                RegistrationBeans.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> calls.answer(method, arguments)));
    }
}
