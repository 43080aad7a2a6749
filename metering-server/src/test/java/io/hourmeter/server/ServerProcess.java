package io.hourmeter.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The license server as a program in a process of its own, which can be asked over HTTP and looked at from outside. It has
 * the tokens below and a ledger in a folder. Thread-safe.
 */
final class ServerProcess implements AutoCloseable {

    static final String ADMIN = "the-admin-token";
    static final String USAGE = "the-usage-token";

    private static final Pattern ADDRESS = Pattern.compile("listens on http://127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern LIVE_BYTES = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");
    private static final long START_SECONDS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Process process;
    private final StringBuffer output = new StringBuffer();
    private final CountDownLatch listens = new CountDownLatch(1);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
    private volatile int port;

    private ServerProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "output of the license server");
        reader.setDaemon(true);
        reader.start();
    }

    /** How to start one. */
    static final class Plan {

        private final Path folder;
        private final List<String> prefix = new ArrayList<>();
        private final List<String> options = new ArrayList<>();
        private String main = LicenseServerMain.class.getName();

        private Plan(Path folder) {
            this.folder = folder;
        }

        /** A command that ends by becoming the Java machine: {@code prlimit} and the like. */
        Plan by(String... command) {
            prefix.addAll(List.of(command));
            return this;
        }

        /** Options of the Java machine. */
        Plan options(String... more) {
            options.addAll(List.of(more));
            return this;
        }

        /** Another class, which runs {@link LicenseServerMain} itself. */
        Plan main(Class<?> type) {
            main = type.getName();
            return this;
        }

        /** Runs a command of the program. */
        ServerProcess run(String... arguments) throws IOException {
            List<String> command = new ArrayList<>(prefix);
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
            command.addAll(List.of(arguments));
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
            Map<String, String> environment = builder.environment();
            environment.keySet().removeIf(key -> key.startsWith("LICENSE_") || key.startsWith("METERING_"));
            environment.put("LICENSE_SERVER_PORT", "0");
            environment.put("LICENSE_SERVER_DATABASE", "jdbc:sqlite:" + folder.resolve("licenses.db"));
            environment.put("LICENSE_SERVER_TOKENS_ADMIN", ADMIN);
            environment.put("LICENSE_SERVER_TOKENS_USAGE", USAGE);
            return new ServerProcess(builder.start());
        }

        /** Starts the server and waits until it is healthy. */
        ServerProcess start() throws IOException, InterruptedException {
            ServerProcess server = run();
            try {
                server.awaitHealthy();
            } catch (RuntimeException | Error | InterruptedException e) {
                server.close();
                throw e;
            }
            return server;
        }
    }

    static Plan in(Path folder) {
        return new Plan(folder);
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.append(line).append('\n');
                Matcher address = ADDRESS.matcher(line);
                if (port == 0 && address.find()) {
                    port = Integer.parseInt(address.group(1));
                    listens.countDown();
                }
            }
        } catch (IOException e) {
            output.append(e).append('\n');
        } finally {
            listens.countDown();
            ended.complete(null);
        }
    }

    private void awaitHealthy() throws InterruptedException {
        if (!listens.await(START_SECONDS, TimeUnit.SECONDS) || port == 0) {
            throw new AssertionError("not up: " + output);
        }
        Reply health = get("/api/health");
        if (health.status() != 200) {
            throw new AssertionError("not healthy: " + health);
        }
    }

    int port() {
        return port;
    }

    /** What it has written so far, both streams. */
    String output() {
        return output.toString();
    }

    /** To its standard input. */
    void write(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end and all of its output. */
    int exitCode(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("still running: " + output);
        }
        ended.join();
        return process.exitValue();
    }

    /** What came back. */
    record Reply(int status, String text) {

        JsonNode body() {
            try {
                return MAPPER.readTree(text);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + text, e);
            }
        }
    }

    Reply get(String path) {
        return send("GET", path, null, ADMIN);
    }

    Reply post(String path, String body) {
        return send("POST", path, body, ADMIN);
    }

    /** Asks as somebody; fails when there is no answer. */
    Reply send(String method, String path, @Nullable String body, String token) {
        try {
            return ask(method, path, body, token);
        } catch (IOException e) {
            throw new AssertionError(method + " " + path + " failed; the server wrote " + output, e);
        }
    }

    /** Asks as somebody, who may have no answer. */
    Reply ask(String method, String path, @Nullable String body, String token) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A new license's key. */
    String createKey(String hours) {
        Reply reply = post("/api/licenses", "{\"email\":\"ann@example.com\",\"hours\":" + hours + "}");
        if (reply.status() != 201) {
            throw new AssertionError("not created: " + reply);
        }
        return reply.body().at("/license/key").asText();
    }

    /** A figure of {@code /metrics}. */
    long metric(String name) {
        String line = "hourmeter_server_" + name + " ";
        return get("/metrics")
                .text()
                .lines()
                .filter(each -> each.startsWith(line))
                .mapToLong(each -> Long.parseLong(each.substring(line.length())))
                .findFirst()
                .orElseThrow();
    }

    long pid() {
        return process.pid();
    }

    /** Threads of the whole process, those of the Java machine included. */
    long threads() {
        return status("Threads");
    }

    /** What it occupies of the machine's memory. */
    long residentMib() {
        return status("VmRSS") / 1024;
    }

    private long status(String name) {
        try (Stream<String> lines = Files.lines(proc("status"))) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Open files, connections included. */
    long files() {
        try (Stream<Path> open = Files.list(proc("fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path proc(String name) {
        return Path.of("/proc", String.valueOf(pid()), name);
    }

    /** What is left of the heap after a collection, in KiB. */
    long liveHeapKib() throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process histogram = new ProcessBuilder(jcmd, String.valueOf(pid()), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        try (InputStream in = histogram.getInputStream()) {
            Matcher total = LIVE_BYTES.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            if (!total.find()) {
                throw new AssertionError("no histogram of the heap");
            }
            return Long.parseLong(total.group(1)) / 1024;
        } finally {
            histogram.waitFor();
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
