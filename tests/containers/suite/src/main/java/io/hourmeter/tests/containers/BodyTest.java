package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the client sends reaches the servlet byte for byte, wherever the key is. */
@ExtendWith(RigResolver.class)
class BodyTest {

    /** What the filter reads ahead at most. */
    private static final int SEARCHED = 65_536;

    private static final String JSON = "application/json";

    private static final String FORM = "application/x-www-form-urlencoded";

    private final Rig rig;

    BodyTest(Rig rig) {
        this.rig = rig;
    }

    /** A JSON object of exactly so many bytes, with the key where there is room. */
    private byte[] json(int size) {
        byte[] start =
                ("{\"license_key\":\"" + rig.license.key() + "\",\"rest\":\"").getBytes(StandardCharsets.US_ASCII);
        byte[] end = "\"}".getBytes(StandardCharsets.US_ASCII);
        byte[] body = new byte[size];
        Arrays.fill(body, (byte) 'x');
        if (size >= start.length + end.length) {
            System.arraycopy(start, 0, body, 0, start.length);
            System.arraycopy(end, 0, body, size - end.length, end.length);
        }
        return body;
    }

    private static BodyPublisher publisher(byte[] body, boolean chunked) {
        return chunked
                ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                : BodyPublishers.ofByteArray(body);
    }

    private static String echo(byte[] body) {
        return body.length + " " + Digest.sha256(body);
    }

    @ParameterizedTest(name = "of {0} bytes {1}, {2}", quoteTextArguments = false)
    @CsvSource({
        "0, blocking, length", "0, asynchronous, length", "0, blocking, chunked", "0, asynchronous, chunked",
        "1, blocking, length", "1, asynchronous, length", "1, blocking, chunked", "1, asynchronous, chunked",
        "65535, blocking, length", "65535, asynchronous, length", "65535, blocking, chunked",
                "65535, asynchronous, chunked",
        "65536, blocking, length", "65536, asynchronous, length", "65536, blocking, chunked",
                "65536, asynchronous, chunked",
        "65537, blocking, length", "65537, asynchronous, length", "65537, blocking, chunked",
                "65537, asynchronous, chunked",
        "10485760, blocking, length", "10485760, asynchronous, length", "10485760, blocking, chunked",
                "10485760, asynchronous, chunked",
    })
    void jsonBody(int size, String reading, String transfer) {
        byte[] body = json(size);
        String page = reading.equals("blocking") ? "/body" : "/body/async";
        boolean chunked = transfer.equals("chunked");

        HttpResponse<String> keyInHeader = rig.http.send(
                rig.http.keyed(Site.METERED + page).header("Content-Type", JSON).POST(publisher(body, chunked)));
        assertThat(keyInHeader.statusCode()).isEqualTo(200);
        assertThat(keyInHeader.body()).isEqualTo(echo(body));
        rig.assertServed(1);

        // Behind a filter that lets requests without a key pass, so that every size reaches the servlet.
        HttpResponse<String> keyInBody = rig.http.send(
                rig.http.request(Site.OPEN + page).header("Content-Type", JSON).POST(publisher(body, chunked)));
        assertThat(keyInBody.statusCode()).isEqualTo(200);
        assertThat(keyInBody.body()).isEqualTo(echo(body));
        boolean found = size > 1 && size <= SEARCHED;
        assertThat(keyInBody.headers().firstValue("X-Session-ID").isPresent()).isEqualTo(found);
        rig.assertServed(found ? 2 : 1);
    }

    @Test
    void jsonBodyThatIsTooLongToBeSearchedIsRefused() {
        HttpResponse<String> answer = rig.http.send(rig.http
                .request(Site.METERED + "/body")
                .header("Content-Type", JSON)
                .POST(BodyPublishers.ofByteArray(json(SEARCHED + 1))));
        assertThat(answer.statusCode()).isEqualTo(401);
        rig.assertServed(0);
    }

    @Test
    void formReadAsAStreamIsWhole() {
        byte[] form = ("a=1&b=" + "x".repeat(100_000)).getBytes(StandardCharsets.US_ASCII);
        HttpResponse<String> answer = rig.http.send(rig.http
                .keyed(Site.METERED + "/body")
                .header("Content-Type", FORM)
                .POST(BodyPublishers.ofByteArray(form)));
        assertThat(answer.body()).isEqualTo(echo(form));
        rig.assertServed(1);
    }

    @ParameterizedTest(name = "with the key in {0}", quoteTextArguments = false)
    @ValueSource(strings = {"the header", "the form"})
    void formReadByParameterIsWhole(String place) {
        boolean header = place.equals("the header");
        HttpRequest.Builder request =
                header ? rig.http.keyed(Site.METERED + "/form") : rig.http.request(Site.METERED + "/form");
        HttpResponse<String> answer = rig.http.send(request.header("Content-Type", FORM)
                .POST(BodyPublishers.ofString(
                        (header ? "" : "license_key=" + rig.license.key() + "&") + "a=1&b=two%20words&a=3")));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("[1, 3] [two words]");
        rig.assertServed(1);
    }

    /** Whether {@code getParameter} knows such a form is the container's affair; the body is what it is without the filter. */
    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH"})
    void keyInTheFormOfAMethod(String method) {
        String form = "a=1&b=two%20words&license_key=" + rig.license.key();
        String parameters =
                rig.http.send(form(Site.FREE + "/form", method, form)).body();

        HttpResponse<String> byParameter = rig.http.send(form(Site.METERED + "/form", method, form));
        assertThat(byParameter.statusCode()).isEqualTo(200);
        assertThat(byParameter.headers().firstValue("X-Session-ID")).isPresent();
        assertThat(byParameter.body()).isEqualTo(parameters);
        HttpResponse<String> asStream = rig.http.send(form(Site.METERED + "/body", method, form));
        assertThat(asStream.headers().firstValue("X-Session-ID")).isPresent();
        assertThat(asStream.body())
                .isEqualTo(
                        rig.http.send(form(Site.FREE + "/body", method, form)).body());
        rig.assertServed(2);
    }

    @ParameterizedTest(name = "{0}", quoteTextArguments = false)
    @ValueSource(strings = {FORM, FORM + ";charset=UTF-8", FORM + ";charset=ISO-8859-1"})
    void fieldsAreThoseThatTheContainerReads(String type) {
        String form = "license_key=" + rig.license.key() + "&a=%C3%BC&b=&b=x+y&a";
        String query = "?a=q&b=%C3%BC";
        HttpResponse<String> free =
                rig.http.send(form(Site.FREE + "/form" + query, "POST", form).setHeader("Content-Type", type));
        HttpResponse<String> metered =
                rig.http.send(form(Site.METERED + "/form" + query, "POST", form).setHeader("Content-Type", type));
        assertThat(metered.headers().firstValue("X-Session-ID")).isPresent();
        assertThat(metered.body()).isEqualTo(free.body());
        rig.assertServed(1);
    }

    /** Forwards add parameters to those of the form. */
    @Test
    void fieldsOutliveAForward() {
        String form = "a=1&license_key=" + rig.license.key();
        HttpResponse<String> answer = rig.http.send(form(Site.METERED + "/form/forward?b=2", "POST", form));
        assertThat(answer.body()).isEqualTo("[0, 1] [2]");
        rig.assertServed(1);
    }

    /** Nobody is left waiting for a body that does not come, on a connection that would be reset. */
    @ParameterizedTest(name = "{0}", quoteTextArguments = false)
    @ValueSource(strings = {"Content-Length: 10", "Content-Length: 100000000", "Transfer-Encoding: chunked"})
    void aRefusalWithoutItsBodyEndsTheConnection(String length) throws Exception {
        try (Wire wire = rig.http.stranger().head("POST", Site.METERED + "/body", length)) {
            assertThat(wire.readHead()).startsWith("HTTP/1.1 401").containsIgnoringCase("Connection: close");
            try {
                assertThat(wire.readAll()).contains("LICENSE_REQUIRED");
            } catch (SocketException e) {
                // Closed is closed.
            }
        }
        rig.assertServed(0);
    }

    @Test
    void aRefusalWithItsBodyKeepsTheConnection() throws Exception {
        try (Wire wire = rig.http.stranger()) {
            for (int i = 0; i < 3; i++) {
                wire.text("POST " + Site.METERED
                        + "/body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789");
                assertThat(wire.readHead()).startsWith("HTTP/1.1 401").doesNotContainIgnoringCase("Connection: close");
                wire.readUntil("}");
            }
        }
        rig.assertServed(0);
    }

    private HttpRequest.Builder form(String path, String method, String form) {
        return rig.http.request(path).header("Content-Type", FORM).method(method, BodyPublishers.ofString(form));
    }

    @Test
    void multipartUploadIsWhole() {
        byte[] file = new byte[300_000];
        new SplittableRandom(1).nextBytes(file);
        HttpResponse<String> answer = rig.http.send(rig.http
                .keyed(Site.METERED + "/multipart")
                .header("Content-Type", "multipart/form-data; boundary=limit")
                .POST(BodyPublishers.ofByteArray(multipart(file))));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("text=two words file=" + echo(file));
        rig.assertServed(1);
    }

    private static byte[] multipart(byte[] file) {
        byte[] start = String.join(
                        "\r\n",
                        "--limit",
                        "Content-Disposition: form-data; name=\"text\"",
                        "",
                        "two words",
                        "--limit",
                        "Content-Disposition: form-data; name=\"file\"; filename=\"f.bin\"",
                        "Content-Type: application/octet-stream",
                        "",
                        "")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] end = "\r\n--limit--\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] body = Arrays.copyOf(start, start.length + file.length + end.length);
        System.arraycopy(file, 0, body, start.length, file.length);
        System.arraycopy(end, 0, body, start.length + file.length, end.length);
        return body;
    }
}
