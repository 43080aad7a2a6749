package io.hourmeter.benchmarks;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.GenericServlet;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import org.HdrHistogram.Recorder;

/**
 * Times what stands between itself and the servlet, in a web server that runs: a filter that comes first, and a cover for
 * the servlet. What a request spends there before the servlet and after it is added up. Caches and branches are as cold
 * as they are between real requests, and one process differs less from the next than in the rate of requests.
 */
final class Stopwatch implements Filter {

    private static final ThreadLocal<Lap> LAPS = ThreadLocal.withInitial(Lap::new);

    private final Recorder nanos = new Recorder(3);

    /** When the servlet of a thread's request began and ended. */
    private static final class Lap {
        private long began;
        private long ended;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Lap lap = LAPS.get();
        long began = System.nanoTime();
        chain.doFilter(request, response);
        long ended = System.nanoTime();
        nanos.recordValue(lap.began - began + ended - lap.ended);
    }

    /** Covers the servlet whose time is not that of the filter. */
    static Servlet cover(Servlet servlet) {
        return new Cover(servlet);
    }

    /** The median in nanoseconds since the last call. */
    double median() {
        return nanos.getIntervalHistogram().getValueAtPercentile(50);
    }

    private static final class Cover extends GenericServlet {

        private static final long serialVersionUID = 1;

        private final transient Servlet servlet;

        Cover(Servlet servlet) {
            this.servlet = servlet;
        }

        @Override
        public void init(ServletConfig config) throws ServletException {
            super.init(config);
            servlet.init(config);
        }

        @Override
        public void service(ServletRequest request, ServletResponse response) throws ServletException, IOException {
            Lap lap = LAPS.get();
            lap.began = System.nanoTime();
            servlet.service(request, response);
            lap.ended = System.nanoTime();
        }

        @Override
        public void destroy() {
            servlet.destroy();
        }
    }
}
