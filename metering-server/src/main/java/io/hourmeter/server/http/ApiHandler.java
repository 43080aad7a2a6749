package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.internal.UncaughtErrors;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one request: route, caller, scope, body, resource, answer. Nothing of a body is read for a caller who is
 * refused anyway. Every outcome becomes an answer here, so that Jetty never sees an exception, which it would log together
 * with the path and thus the license key.
 */
final class ApiHandler extends Handler.Abstract {

    private static final Logger LOG = LoggerFactory.getLogger(ApiHandler.class);

    /** What a customer's browser sends on one connection without a token before it is slowed down. */
    private static final long UNPACED_REQUESTS = 50;

    /** Between further ones: a stranger who does not wait for answers has as much of the processors as he likes otherwise. */
    private static final long PACE_MILLIS = 50;

    private final Router router;
    private final Access access;
    private final ConnectionRoom connections;
    private final BodyBudget bodies;
    private final Workers workers;
    private final long idleMillis;
    /** An overloaded server would otherwise spend its time on saying so. */
    private final RateLimitedLogger outages = new RateLimitedLogger(LOG, Duration.ofSeconds(10), System::nanoTime);

    /**
     * Answers calls.
     *
     * @param idleMillis idle time-out of a connection that has had a request
     */
    ApiHandler(
            Router router,
            Access access,
            ConnectionRoom connections,
            BodyBudget bodies,
            Workers workers,
            long idleMillis) {
        this.router = router;
        this.access = access;
        this.connections = connections;
        this.bodies = bodies;
        this.workers = workers;
        this.idleMillis = idleMillis;
    }

    /** Who calls what, once it is known that it may. */
    private record Judged(Caller caller, Router.Match match) {

        String name() {
            return match.route().method() + " " + match.route().template();
        }

        /** Nothing but the body itself speaks for it. */
        boolean stranger() {
            return !caller.permission().ofToken();
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Connection connection = request.getConnectionMetaData().getConnection();
        connection.getEndPoint().setIdleTimeout(idleMillis);
        Judged judged;
        try {
            judged = judge(request);
        } catch (ProblemException e) {
            connections.use(connection, ConnectionRoom.Use.STRANGERS_BODY);
            refuse(request, response, e.answer(), done(connection, true, callback));
            return true;
        } catch (Throwable e) {
            refuse(request, response, failed("a request", e), done(connection, true, callback));
            return true;
        }
        boolean stranger = judged.stranger();
        Callback done = done(connection, stranger, callback);
        connections.use(connection, stranger ? ConnectionRoom.Use.STRANGERS_BODY : ConnectionRoom.Use.BODY);
        new BodyReader(request, bodies, idleMillis, stranger, new BodyReader.Receiver() {
                    @Override
                    public void complete(byte[] body) {
                        connections.use(connection, ConnectionRoom.Use.ANSWER);
                        Responses.send(response, answer(request, judged, body), done);
                    }

                    @Override
                    public void tooLarge() {
                        Responses.send(response, ApiHandler.tooLarge(stranger), done);
                    }

                    @Override
                    public void noRoom() {
                        tellOutage(judged, "there is no room for more bodies on their way");
                        giveUp(ApiResponse.problem(
                                ErrorCode.BUSY,
                                "too many bodies are on their way to the license server; nothing was done"));
                    }

                    @Override
                    public void failed(Throwable cause) {
                        giveUp(cause instanceof Error ? ApiHandler.failed(judged.name(), cause) : incomplete(cause));
                    }

                    private void giveUp(ApiResponse answer) {
                        close(response);
                        Responses.send(response, answer, done);
                    }
                })
                .run();
        return true;
    }

    /** What follows an answer: the connection's next request, in its turn. */
    private Callback done(Connection connection, boolean stranger, Callback callback) {
        boolean paced = stranger && connection.getMessagesIn() > UNPACED_REQUESTS;
        return Callback.from(
                () -> {
                    connections.use(connection, ConnectionRoom.Use.IDLE);
                    if (paced) {
                        workers.later(callback::succeeded, PACE_MILLIS);
                    } else {
                        workers.inTurn(callback::succeeded);
                    }
                },
                failure -> {
                    connections.use(connection, ConnectionRoom.Use.IDLE);
                    callback.failed(failure);
                });
    }

    /** Finds out whether a request is worth reading. */
    private Judged judge(Request request) {
        String path = request.getHttpURI().getDecodedPath();
        Caller caller = router.isOpen(path) ? Caller.ANONYMOUS : access.identify(request);
        Router.Match match = router.find(request.getMethod(), path);
        Access.require(caller, match.route().needs());
        match.route().checkQuery(request);
        Judged judged = new Judged(caller, match);
        if (announcesTooMuch(request, judged.stranger())) {
            throw new ProblemException(tooLarge(judged.stranger()));
        }
        return judged;
    }

    /** Answers without the body. A client that has a long one to send learns from the end of the connection to stop. */
    private void refuse(Request request, Response response, ApiResponse answer, Callback callback) {
        if (Discarder.takes(request)) {
            Responses.send(
                    response,
                    answer,
                    Callback.from(() -> new Discarder(request, idleMillis, callback).run(), callback::failed));
        } else {
            close(response);
            Responses.send(response, answer, callback);
        }
    }

    private static void close(Response response) {
        response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
    }

    private ApiResponse answer(Request request, Judged judged, byte[] body) {
        try {
            return judged.match().route().answer(new ApiRequest(request, judged.caller(), judged.match(), body));
        } catch (ProblemException e) {
            return e.answer();
        } catch (LicenseRequestException e) {
            return ApiResponse.problem(e.code(), String.valueOf(e.getMessage()));
        } catch (LicenseServerUnavailableException e) {
            tellOutage(judged, e.toString());
            return ApiResponse.problem(
                    ErrorCode.BUSY,
                    "the license server cannot do this now, or cannot tell whether it was done; repeat it with the same"
                            + " Idempotency-Key");
        } catch (Throwable e) {
            return failed(judged.name(), e);
        }
    }

    /** A fault of ours. One that the process does not outlive is told first: there may be no memory for more. */
    private static ApiResponse failed(String name, Throwable fault) {
        UncaughtErrors.tell(fault);
        LOG.error("{} failed", name, fault);
        return ApiResponse.internalFailure();
    }

    /** A client that asks before it sends can be told at once; of a stranger too much is not even read. */
    private static boolean announcesTooMuch(Request request, boolean stranger) {
        return request.getLength() > BodyReader.most(stranger)
                && (stranger || request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString()));
    }

    private static ApiResponse tooLarge(boolean stranger) {
        return ApiResponse.problem(
                ErrorCode.TOO_LARGE,
                "the body must have at most " + BodyReader.MAX_BODY + " bytes (1 MiB)"
                        + (stranger ? ", without a token " + BodyReader.MAX_STRANGERS_BODY + " (64 KiB)" : ""));
    }

    private static ApiResponse incomplete(Throwable cause) {
        if (cause instanceof TimeoutException) {
            return ProblemErrorHandler.answer(408);
        }
        return ProblemErrorHandler.answer(cause instanceof HttpException bad ? bad.getCode() : 400);
    }

    private void tellOutage(Judged judged, String cause) {
        outages.warn("503", judged.name() + " answered 503: " + cause, null);
    }
}
