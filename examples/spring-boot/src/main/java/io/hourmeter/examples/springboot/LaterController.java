package io.hourmeter.examples.springboot;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpStatus;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Spring's three ways to answer later. Their time counts until the response is complete, and none knows of metering. */
@RestController
class LaterController {

    private static final int MOST_MILLIS = 600_000;
    private static final long NO_TIMEOUT = 0L;
    private static final Duration EVENT_PERIOD = Duration.ofSeconds(1);

    private final TaskScheduler scheduler;

    LaterController(TaskScheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** No thread waits: the scheduler completes the request. */
    @GetMapping("/api/deferred")
    DeferredResult<Map<String, Integer>> deferred(@RequestParam(defaultValue = "3000") int millis) {
        DeferredResult<Map<String, Integer>> result = new DeferredResult<>(NO_TIMEOUT);
        Map<String, Integer> answer = Map.of("millis", checked(millis));
        ScheduledFuture<?> answering =
                scheduler.schedule(() -> result.setResult(answer), Instant.now().plusMillis(millis));
        result.onCompletion(() -> answering.cancel(false));
        return result;
    }

    /** A thread of Spring's waits, not the web server's. */
    @GetMapping("/api/callable")
    Callable<Map<String, Integer>> callable(@RequestParam(defaultValue = "3000") int millis) {
        int wait = checked(millis);
        return () -> {
            TimeUnit.MILLISECONDS.sleep(wait);
            return Map.of("millis", wait);
        };
    }

    /** Server-sent events, one a second, the last at the end. */
    @GetMapping("/api/stream")
    SseEmitter stream(@RequestParam(defaultValue = "5000") int millis) {
        SseEmitter emitter = new SseEmitter(NO_TIMEOUT);
        Instant begin = Instant.now();
        Instant end = begin.plusMillis(checked(millis));
        ScheduledFuture<?> ticking = scheduler.scheduleAtFixedRate(() -> send(emitter, "tick"), begin, EVENT_PERIOD);
        ScheduledFuture<?> ending = scheduler.schedule(
                () -> {
                    send(emitter, "end");
                    emitter.complete();
                },
                end);
        emitter.onCompletion(() -> {
            ticking.cancel(false);
            ending.cancel(false);
        });
        return emitter;
    }

    private static void send(SseEmitter emitter, String event) {
        try {
            emitter.send(SseEmitter.event().name(event).data(Instant.now()));
        } catch (IOException | IllegalStateException e) {
            // The client is gone; Spring completes the request.
            emitter.completeWithError(e);
        }
    }

    private static int checked(int millis) {
        if (millis < 0 || millis > MOST_MILLIS) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "millis must be from 0 to " + MOST_MILLIS + ", was " + millis);
        }
        return millis;
    }
}
