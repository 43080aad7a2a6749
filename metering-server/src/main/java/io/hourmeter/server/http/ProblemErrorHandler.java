package io.hourmeter.server.http;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * What Jetty itself refuses (a malformed request line, headers too large, an ambiguous path) as problem documents. Jetty's
 * own message is left out: it may quote the path.
 */
final class ProblemErrorHandler extends ErrorHandler {

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        Responses.send(response, answer(code), callback);
    }

    /** The problem document for a status that arose before any call was found. */
    static ApiResponse answer(int status) {
        return switch (status) {
            case 408 ->
                ApiResponse.problem(408, "Request timeout", "REQUEST_TIMEOUT", "the request was not complete in time");
            case 414 -> ApiResponse.problem(414, "URI too long", "URI_TOO_LONG", "the URL of the request is too long");
            case 431 ->
                ApiResponse.problem(
                        431,
                        "Request header fields too large",
                        "HEADERS_TOO_LARGE",
                        "the headers of the request are larger than " + LicenseHttpServer.MAX_HEADER_BYTES + " bytes");
            case 501, 505 ->
                ApiResponse.problem(
                        status,
                        HttpStatus.getMessage(status),
                        "NOT_SUPPORTED",
                        "the license server speaks HTTP/1.1 and answers GET, HEAD, POST and PATCH");
            case 503 -> ApiResponse.problem(503, "Shutting down", "BUSY", "the license server is shutting down");
            default ->
                status < 500
                        ? ApiResponse.problem(
                                status,
                                HttpStatus.getMessage(status),
                                "INVALID_REQUEST",
                                "the request breaks a rule of HTTP, or its path is ambiguous")
                        : ApiResponse.internalFailure();
        };
    }
}
