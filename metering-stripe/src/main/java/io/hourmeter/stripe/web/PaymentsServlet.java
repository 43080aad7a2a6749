package io.hourmeter.stripe.web;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.internal.LibraryVersions.LibraryException;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What customers see of their hours: packages, balance, history and a page that shows them; and where they buy more,
 * through Stripe Checkout. Mapped to {@code /payments/*}, with {@code load-on-startup} so that a wrong setting is seen at
 * the start and payments are found whose webhook came while the application was down.
 *
 * <p>Without {@code stripe.secret.key} everything but buying works, and the answer to an order says which setting is
 * missing. What a customer may read of an answer comes from one table of sentences; whatever else goes wrong is "not
 * available now", and the log says why.
 *
 * <p>Reads the same settings as the filter and shares its tracker, client and settings through the
 * {@code ServletContext}, so that a balance is right to the last second; without a filter it opens a client of its own.
 * Thread-safe, as every servlet must be. A license key is taken from a header or a parameter and is never echoed.
 */
public final class PaymentsServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** Context attribute: the servlet itself, for its {@link #stats()}. */
    private static final String ATTRIBUTE = "io.hourmeter.PaymentsServlet";

    // A servlet is Serializable by inheritance only; what it works with is rebuilt by init.
    private transient @Nullable Payments payments;

    /** For the container, which calls {@link #init()} next. */
    public PaymentsServlet() {}

    /**
     * Reads the settings and finds or opens the client.
     *
     * @throws ServletException if a setting is wrong, or a library is missing or too old; the message is the line for the
     *     person who can mend it
     */
    @Override
    public void init() throws ServletException {
        try {
            LibraryVersions.requireStripe(PaymentsServlet.class);
            Wiring wiring = Wiring.of(getServletConfig());
            try {
                Payments ready = new Payments(wiring);
                ready.start();
                payments = ready;
                getServletContext().setAttribute(ATTRIBUTE, this);
            } catch (RuntimeException e) {
                wiring.close();
                throw e;
            }
        } catch (ConfigurationException | LibraryException e) {
            throw new ServletException(e.getMessage(), e);
        }
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (BodyReader.leaves(request, response)) {
            return;
        }
        Replies.protect(response);
        Payments ready = payments;
        if (ready == null) {
            throw new IllegalStateException("the container has not initialized this servlet");
        }
        boolean bodyFollows = !ready.readsBody(request) && RestOfBody.isOnItsWay(request);
        if (bodyFollows) {
            RestOfBody.announce(request, response);
        }
        try {
            ready.answer(request, response);
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            if (!bodyFollows && !request.isAsyncStarted() && RestOfBody.isOnItsWay(request)) {
                bodyFollows = true;
                RestOfBody.announce(request, response);
            }
            ready.refuse(request, response, e);
        }
        if (bodyFollows) {
            RestOfBody.letGo(request, response);
        }
    }

    /**
     * What it does at this moment, and what it has refused since its start.
     *
     * @return a snapshot, all zero before {@link #init()}
     */
    public PaymentStats stats() {
        Payments ready = payments;
        return ready == null ? new PaymentStats(0, 0, 0, 0, 0, 0, 0) : ready.stats();
    }

    /** Closes what {@link #init()} opened; what the filter shares stays open. */
    @Override
    public void destroy() {
        Payments ready = payments;
        if (ready != null) {
            ready.close();
        }
    }
}
