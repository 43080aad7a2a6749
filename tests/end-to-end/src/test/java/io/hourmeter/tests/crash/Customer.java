package io.hourmeter.tests.crash;

import io.hourmeter.LicenseKey;
import io.hourmeter.tests.crash.ActivityLog.End;
import io.hourmeter.tests.crash.ActivityLog.Request;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/**
 * One browser tab: sends short and long requests to any of the nodes, with short pauses that are part of the use and now
 * and then a long one that is not, and writes down what it sees.
 */
final class Customer implements Runnable {

    /** One pause of so many is a long one; well clear of the idle timeout on both sides, so that it is clear which is which. */
    private static final int LONG_PAUSE = 20;

    private static final int SHORT_MILLIS = 700;
    static final int LONG_FROM_MILLIS = 3_300;
    private static final int LONG_MORE_MILLIS = 1_200;

    /** Longer than anything takes; a request that hangs is an error. */
    private static final long HANGS_SECONDS = 30;

    /** A connection for each request, and none sent twice: else the client would hide what a kill does. */
    private static final OkHttpClient HTTP = new OkHttpClient.Builder()
            .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
            .retryOnConnectionFailure(false)
            .readTimeout(HANGS_SECONDS, TimeUnit.SECONDS)
            .build();

    private static final List<String> DOCUMENTED =
            List.of("\"code\":\"LICENSE_SERVER_UNAVAILABLE\"", "\"code\":\"HOURS_HELD\"");

    /** What is asked for, and how long the application takes for it. */
    record Page(String path, long lastsMillis) {

        static final Page QUICK = new Page("/api/status", 0);
    }

    private final Cluster cluster;
    private final LicenseKey key;
    private final boolean mayRunOut;
    private final ActivityLog diary;
    private final Figures figures;
    private final SplittableRandom random;
    private final CountDownLatch stop;

    Customer(
            Cluster cluster,
            LicenseKey key,
            boolean mayRunOut,
            ActivityLog diary,
            Figures figures,
            SplittableRandom random,
            CountDownLatch stop) {
        this.cluster = cluster;
        this.key = key;
        this.mayRunOut = mayRunOut;
        this.diary = diary;
        this.figures = figures;
        this.random = random;
        this.stop = stop;
    }

    @Override
    public void run() {
        try {
            do {
                get(random.nextInt(Cluster.NODES), page());
            } while (!stop.await(pauseMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Page page() {
        int dice = random.nextInt(20);
        if (dice < 10) {
            return Page.QUICK;
        }
        if (dice < 14) {
            return new Page("/api/slow?seconds=1", 1_000);
        }
        if (dice < 16) {
            return new Page("/api/slow?seconds=3", 3_000);
        }
        return dice < 18 ? new Page("/api/stream?seconds=1", 1_000) : new Page("/api/stream?seconds=4", 4_000);
    }

    private long pauseMillis() {
        return random.nextInt(LONG_PAUSE) == 0
                ? LONG_FROM_MILLIS + random.nextInt(LONG_MORE_MILLIS)
                : random.nextInt(SHORT_MILLIS);
    }

    /** Sends a request, waits for its end and notes it. */
    End get(int node, Page page) {
        okhttp3.Request request = new okhttp3.Request.Builder()
                .url(cluster.nodeUrl(node) + page.path())
                .header("X-License-Key", key.text())
                .build();
        long from = Clock.millis();
        boolean reachable = cluster.nodeUp(node);
        long begun = ActivityLog.NEVER;
        End end;
        String what;
        Call call = HTTP.newCall(request);
        try (Response response = call.execute()) {
            begun = Clock.millis();
            String body = response.body().string();
            end = judge(response, body);
            what = response.code() + " " + body;
        } catch (IOException e) {
            end = cluster.killedSince(node, from) ? End.CUT : reachable ? End.STRANGE : End.NOT_REACHED;
            what = e.toString();
        }
        diary.add(new Request(node, from, begun, Clock.millis(), page.lastsMillis(), end));
        figures.request(end);
        if (end == End.STRANGE) {
            figures.wrong("node " + node + " " + page + " of " + key.masked() + ": " + what);
        }
        return end;
    }

    private End judge(Response response, String body) {
        return switch (response.code()) {
            case 200 -> response.header("X-Session-ID") == null ? End.STRANGE : End.SERVED;
            case 402 -> mayRunOut ? End.USED_UP : End.STRANGE;
            case 503 -> DOCUMENTED.stream().anyMatch(body::contains) ? End.UNAVAILABLE : End.STRANGE;
            default -> End.STRANGE;
        };
    }
}
