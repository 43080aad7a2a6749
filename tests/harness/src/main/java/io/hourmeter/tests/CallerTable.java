package io.hourmeter.tests;

import java.util.Arrays;
import java.util.List;

/**
 * Who may send a call that changes something and has a JSON body: programs and pages of the application itself, and no page
 * of another site. One table for every place that judges callers.
 */
public final class CallerTable {

    /** What stands in a header's value for the origin of the application. */
    private static final String OWN = "{own}";

    private static final String JSON = "Content-Type: application/json";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";
    private static final String TEXT = "Content-Type: text/plain";

    private CallerTable() {}

    /**
     * One caller.
     *
     * @param name who it is
     * @param served whether its call is answered as if nobody else could have sent it; 403 otherwise
     * @param headers lines like {@code Origin: null}
     */
    public record Caller(String name, boolean served, List<String> headers) {

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * The table.
     *
     * @param own origin of the application, like {@code http://127.0.0.1:5001}
     * @return all callers, those that are served first
     */
    public static List<Caller> of(String own) {
        return List.of(
                served(own, "curl -d", FORM, "Accept: */*"),
                served(own, "a program with JSON", JSON),
                served(own, "a program that says nothing"),
                served(own, "a program with a text", TEXT, "Accept: application/json"),
                served(
                        own,
                        "a page of the application",
                        JSON,
                        "Origin: {own}",
                        "Referer: {own}/payments/?return=..%2F",
                        "Sec-Fetch-Site: same-origin",
                        "Sec-Fetch-Mode: cors",
                        "Sec-Fetch-Dest: empty",
                        "Accept: */*"),
                served(own, "a page of the application, older browser", JSON, "Referer: {own}/payments/"),
                served(own, "a page that keeps its address to itself", JSON, "Origin: {own}", "Accept: text/html"),
                served(own, "an address that was typed", JSON, "Sec-Fetch-Site: none", "Accept: text/html"),
                served(own, "JSON with its charset", JSON + "; charset=utf-8", "Referer: {own}/"),
                refused(own, "fetch of another site, no Origin", JSON, "Sec-Fetch-Site: cross-site"),
                refused(
                        own,
                        "fetch of another site",
                        TEXT,
                        "Sec-Fetch-Site: cross-site",
                        "Origin: http://evil.example"),
                refused(own, "a sibling below the same domain", JSON, "Sec-Fetch-Site: same-site"),
                refused(own, "two answers", JSON, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"),
                refused(own, "an answer that is none", JSON, "Sec-Fetch-Site: same-origin, cross-site"),
                refused(own, "another origin", JSON, "Origin: https://evil.example"),
                refused(own, "a sandboxed page", JSON, "Origin: null"),
                refused(own, "an origin that begins like ours", JSON, "Origin: {own}.evil.example"),
                refused(own, "an origin that ends like ours", JSON, "Origin: http://evil.example?{own}"),
                refused(own, "our origin as a user's name", JSON, "Origin: http://{own}@evil.example"),
                refused(own, "our origin and another", JSON, "Origin: {own}", "Origin: https://evil.example"),
                refused(own, "an origin that is none", JSON, "Origin: http://[::"),
                refused(own, "an empty origin", JSON, "Origin: "),
                refused(own, "a form elsewhere, older browser", TEXT, "Referer: http://evil.example/"),
                refused(own, "JSON from elsewhere, older browser", JSON, "Referer: http://evil.example/?{own}"),
                refused(own, "a page that is none", JSON, "Referer: about:blank"),
                refused(own, "a form, no trace but what it accepts", FORM, "Accept: text/html,*/*;q=0.8"),
                refused(own, "a text, no trace but what it accepts", TEXT, "Accept: application/json, TEXT/HTML;q=0.1"),
                refused(own, "no type, no trace but what it accepts", "Accept: text/html"),
                refused(own, "a form of the application itself", FORM, "Referer: {own}/payments/"),
                refused(own, "a form that opens a page", TEXT, "Sec-Fetch-Mode: navigate"),
                refused(own, "a form by a click", TEXT, "Sec-Fetch-User: ?1"),
                refused(own, "a text that mentions JSON", TEXT + "; as=application/json", "Sec-Fetch-Dest: document"),
                refused(own, "JSON and a text", JSON, TEXT, "Referer: {own}/"));
    }

    private static Caller served(String own, String name, String... headers) {
        return caller(own, name, true, headers);
    }

    private static Caller refused(String own, String name, String... headers) {
        return caller(own, name, false, headers);
    }

    private static Caller caller(String own, String name, boolean served, String... headers) {
        return new Caller(
                name,
                served,
                Arrays.stream(headers).map(line -> line.replace(OWN, own)).toList());
    }
}
