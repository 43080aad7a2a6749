package io.hourmeter.tests.containers;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What a servlet of the suite does. */
@FunctionalInterface
interface Handler {

    void handle(HttpServletRequest request, HttpServletResponse response) throws Exception;

    default HttpServlet servlet() {
        return new Servlet(this);
    }

    /** Passes everything to a handler. */
    final class Servlet extends HttpServlet {

        private static final long serialVersionUID = 1L;

        private final transient Handler handler;

        private Servlet(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            try {
                handler.handle(request, response);
            } catch (RuntimeException | IOException | ServletException e) {
                throw e;
            } catch (Exception e) {
                throw new ServletException(e);
            }
        }
    }
}
