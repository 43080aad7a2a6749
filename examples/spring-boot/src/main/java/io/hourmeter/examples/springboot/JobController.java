package io.hourmeter.examples.springboot;

import io.hourmeter.LicenseRef;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.core.task.TaskExecutor;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Starts jobs that outlive the request, paid for by the license of the request. */
@RestController
class JobController {

    private static final int MOST_STEPS = 10_000;

    /** An example forgets nothing, so it refuses in time. */
    private static final int MOST_JOBS = 1_000;

    private final Map<UUID, Job> jobs = new ConcurrentHashMap<>();
    private final UsageTracker tracker;
    private final TaskExecutor executor;

    JobController(UsageTracker tracker, TaskExecutor applicationTaskExecutor) {
        this.tracker = tracker;
        this.executor = applicationTaskExecutor;
    }

    @PostMapping("/api/jobs")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Map<String, UUID> start(@RequestParam(defaultValue = "50") int steps, HttpServletRequest request) {
        if (steps < 1 || steps > MOST_STEPS) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "steps must be from 1 to " + MOST_STEPS + ", was " + steps);
        }
        if (jobs.size() >= MOST_JOBS) {
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "too many jobs");
        }
        LicenseRef license = MeteringFilter.license(request)
                .orElseThrow(() -> new ResponseStatusException(HttpStatus.UNAUTHORIZED, "a job needs a license"));
        Job job = new Job(tracker, license, steps);
        UUID id = UUID.randomUUID();
        jobs.put(id, job);
        executor.execute(job);
        return Map.of("id", id);
    }

    @GetMapping("/jobs/{id}")
    Job.Progress progress(@PathVariable UUID id) {
        Job job = jobs.get(id);
        if (job == null) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "there is no such job");
        }
        return job.progress();
    }
}
