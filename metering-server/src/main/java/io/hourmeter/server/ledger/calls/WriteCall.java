package io.hourmeter.server.ledger.calls;

import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change to the ledger. It first says what it must see, so that the store can lock and load for a whole batch at
 * once, and then decides in Java on what was loaded.
 *
 * @param <T> the answer
 */
public interface WriteCall<T> {

    /** Adds what must be resolved, locked and loaded before {@link #decide}. */
    void declare(LoadRequest needs);

    /**
     * Decides and notes the changes in the work set. A refusal ({@link io.hourmeter.LicenseRequestException}) must be
     * thrown before the first change is noted; the answer is given out only after the commit.
     */
    T decide(UnitOfWork work);

    /** Share of a batch that this call takes up, at least 1. */
    default int weight() {
        return 1;
    }

    /** Smaller calls that together do the same, for when this one cannot be committed; itself when there are none. */
    default List<WriteCall<T>> parts() {
        return List.of(this);
    }

    /** Puts the answers of {@link #parts()} together; an answer is null for a part that failed. */
    default T join(List<WriteCall<T>> parts, List<@Nullable T> answers) {
        throw new IllegalStateException("a call without parts has nothing to join");
    }
}
