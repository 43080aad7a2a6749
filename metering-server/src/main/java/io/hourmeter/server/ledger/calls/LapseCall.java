package io.hourmeter.server.ledger.calls;

import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends what is overdue on some licenses: loading them does it, see {@code Account.setLeases}. */
public record LapseCall(List<Long> licenses) implements WriteCall<Integer> {

    @Override
    public void declare(LoadRequest needs) {
        licenses.forEach(needs::license);
    }

    @Override
    public Integer decide(UnitOfWork work) {
        return licenses.size();
    }

    @Override
    public int weight() {
        return licenses.size();
    }

    @Override
    public List<WriteCall<Integer>> parts() {
        return licenses.stream()
                .<WriteCall<Integer>>map(license -> new LapseCall(List.of(license)))
                .toList();
    }

    @Override
    public Integer join(List<WriteCall<Integer>> parts, List<@Nullable Integer> answers) {
        return licenses.size();
    }
}
