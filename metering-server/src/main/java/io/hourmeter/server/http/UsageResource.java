package io.hourmeter.server.http;

import io.hourmeter.server.ledger.Ledger;
import java.util.List;

/** The call by which nodes open, report, renew and close leases. */
final class UsageResource {

    private final Ledger ledger;

    UsageResource(Ledger ledger) {
        this.ledger = ledger;
    }

    List<Route> routes() {
        return List.of(new Route("POST", "/api/usage", Permission.USAGE, KnownInputs.ANY, this::sync));
    }

    private ApiResponse sync(ApiRequest call) {
        UsageMessage message = UsageMessage.read(call.fields());
        return ApiResponse.json(200, message.write(ledger.usage(message.batch(), call.underWay())));
    }
}
