package io.hourmeter.tests.containers.springboot;

import java.util.Map;
import org.springframework.boot.web.server.ErrorPage;
import org.springframework.boot.web.server.ErrorPageRegistrar;
import org.springframework.boot.web.server.ErrorPageRegistry;
import org.springframework.http.HttpStatus;

/** The error pages of an application, as a bean. */
record ErrorPages(Map<Integer, String> byStatus, Map<Class<? extends Throwable>, String> byException)
        implements ErrorPageRegistrar {

    @Override
    public void registerErrorPages(ErrorPageRegistry registry) {
        byStatus.forEach((status, page) -> registry.addErrorPages(new ErrorPage(HttpStatus.valueOf(status), page)));
        byException.forEach((type, page) -> registry.addErrorPages(new ErrorPage(type, page)));
    }
}
