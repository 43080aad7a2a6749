package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one request: body, caller, route, scope, resource, answer. Every outcome becomes an answer here, so that
 * Jetty never sees an exception, which it would log together with the path and thus the license key.
 */
final class ApiHandler extends Handler.Abstract {

    private static final Logger LOG = LoggerFactory.getLogger(ApiHandler.class);

    private final Router router;
    private final Access access;
    private final OutageLog outages = new OutageLog(LOG);

    ApiHandler(Router router, Access access) {
        this.router = router;
        this.access = access;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (announcesTooMuch(request)) {
            Responses.send(response, tooLarge(), callback);
            return true;
        }
        new BodyReader(request, new BodyReader.Receiver() {
                    @Override
                    public void complete(byte[] body) {
                        Responses.send(response, answer(request, body), callback);
                    }

                    @Override
                    public void tooLarge() {
                        Responses.send(response, ApiHandler.tooLarge(), callback);
                    }

                    @Override
                    public void failed(Throwable cause) {
                        response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
                        Responses.send(response, incomplete(cause), callback);
                    }
                })
                .run();
        return true;
    }

    private Answer answer(Request request, byte[] body) {
        String name = "a request";
        try {
            String path = request.getHttpURI().getDecodedPath();
            Caller caller = router.isOpen(path) ? Caller.ANONYMOUS : access.identify(request);
            Router.Match match = router.find(request.getMethod(), path);
            Route route = match.route();
            name = route.method() + " " + route.template();
            Access.require(caller, route.needs());
            return route.answer(new Call(request, caller, match, body));
        } catch (Refusal e) {
            return e.answer();
        } catch (LicenseRequestException e) {
            return Answer.problem(e.code(), String.valueOf(e.getMessage()));
        } catch (LicenseServerUnavailableException e) {
            outages.report(name, e);
            return Answer.problem(
                    ErrorCode.BUSY,
                    "the license server cannot do this now, or cannot tell whether it was done; repeat it with the same"
                            + " Idempotency-Key");
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("{} failed", name, e);
            return Answer.internalFailure();
        }
    }

    /** A client that asks before it sends can be told at once. */
    private static boolean announcesTooMuch(Request request) {
        return request.getLength() > BodyReader.MAX_BODY
                && request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());
    }

    private static Answer tooLarge() {
        return Answer.problem(
                ErrorCode.TOO_LARGE, "the body must have at most " + BodyReader.MAX_BODY + " bytes (1 MiB)");
    }

    private static Answer incomplete(Throwable cause) {
        if (cause instanceof TimeoutException) {
            return ProblemErrorHandler.answer(408);
        }
        return ProblemErrorHandler.answer(cause instanceof HttpException bad ? bad.getCode() : 400);
    }
}
