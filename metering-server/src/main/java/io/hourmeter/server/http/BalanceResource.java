package io.hourmeter.server.http;

import io.hourmeter.Balance;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseRef;
import io.hourmeter.Reversal;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.wire.AnswerJson;
import io.hourmeter.wire.BalanceJson;
import io.hourmeter.wire.CallJson;
import io.hourmeter.wire.DecimalHours;
import io.hourmeter.wire.HistoryJson;
import io.hourmeter.wire.Limits;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The calls about a license's time: read, add, deduct, reverse, history. */
final class BalanceResource {

    private static final KnownInputs ADD = KnownInputs.ofBody(CallJson.Credit.class);
    private static final KnownInputs DEDUCT = KnownInputs.ofBody(CallJson.Debit.class);
    private static final KnownInputs REVERSE = KnownInputs.ofBody(CallJson.Reverse.class);
    private static final KnownInputs HISTORY = KnownInputs.ofQuery("type", "from", "to", "limit", "cursor");

    /** Idempotency keys of payments begin so; a node, which may only report use, has no business with them. */
    private static final String PAYMENT_KEY = "stripe:";

    private final Ledger ledger;

    BalanceResource(Ledger ledger) {
        this.ledger = ledger;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/api/licenses/{key}/hours", Permission.LICENSE_KEY, KnownInputs.ANY, this::read),
                new Route("POST", "/api/licenses/{key}/hours", Permission.CREDIT, ADD, this::add),
                new Route("POST", "/api/licenses/{key}/usage", Permission.USAGE, DEDUCT, this::deduct),
                new Route("POST", "/api/licenses/{key}/reversals", Permission.CREDIT, REVERSE, this::reverse),
                new Route("GET", "/api/licenses/{key}/history", Permission.LICENSE_KEY, HISTORY, this::history));
    }

    private ApiResponse read(ApiRequest call) {
        return ApiResponse.success(
                200, BalanceJson.of(ledger.license(call.license()).balance()));
    }

    private ApiResponse add(ApiRequest call) {
        LicenseRef license = call.license();
        String idempotencyKey = call.idempotencyKey();
        JsonFields fields = call.fields();
        Credited credited = ledger.credit(
                license,
                fields.hoursMillis("hours"),
                fields.optionalText("kind").map(BalanceResource::kind).orElse(null),
                idempotencyKey,
                fields.optionalText("reference").orElse(""),
                fields.optionalText("description").orElse(""),
                call.caller().actor());
        return ApiResponse.success(
                        200,
                        new AnswerJson.Added(new DecimalHours(credited.addedMillis())),
                        BalanceJson.of(credited.balance()),
                        new AnswerJson.Collected(DecimalHours.above0(credited.collectedMillis())))
                .repeated(credited.repeated());
    }

    private static CreditKind kind(String text) {
        for (CreditKind kind : CreditKind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(text)) {
                return kind;
            }
        }
        throw ProblemException.invalid("kind must be purchase, grant, trial or compensation");
    }

    private ApiResponse deduct(ApiRequest call) {
        LicenseRef license = call.license();
        String idempotencyKey = call.idempotencyKey();
        if (idempotencyKey != null && idempotencyKey.startsWith(PAYMENT_KEY)) {
            Access.require(call.caller(), Permission.CREDIT);
        }
        Debited debited = ledger.debit(
                license,
                call.fields().hoursMillis("hours"),
                idempotencyKey,
                call.caller().actor());
        return ApiResponse.success(
                        200,
                        new AnswerJson.Deducted(new DecimalHours(debited.deductedMillis())),
                        BalanceJson.of(debited.balance()))
                .repeated(debited.repeated());
    }

    private ApiResponse reverse(ApiRequest call) {
        LicenseRef license = call.license();
        JsonFields fields = call.fields();
        Reversal reversal = new Reversal(
                fields.optionalText("purchase").orElse(""),
                fields.optionalText("object").orElse(""),
                fields.whole("version", 0, Long.MAX_VALUE),
                fields.whole("part", 0, Limits.AMOUNT),
                fields.whole("whole", 1, Limits.AMOUNT),
                fields.optionalText("reason").orElse(""));
        Balance balance = ledger.reverse(license, reversal, call.caller().actor());
        return ApiResponse.success(200, BalanceJson.of(balance));
    }

    private ApiResponse history(ApiRequest call) {
        Query query = call.query();
        Instant from = query.instant("from").orElse(null);
        Instant to = query.instant("to").orElse(null);
        if (from != null && to != null && from.isAfter(to)) {
            throw ProblemException.invalid("from must not be after to");
        }
        HistoryQuery wanted = new HistoryQuery(
                query.text("type", Limits.TYPE).map(BalanceResource::type).orElse(HistoryQuery.Type.ALL),
                from,
                to,
                query.whole("limit", 1, HistoryQuery.MAX_LIMIT, HistoryQuery.DEFAULT_LIMIT),
                query.text("cursor", Limits.CURSOR).orElse(null));
        return ApiResponse.json(200, HistoryJson.of(ledger.history(call.license(), wanted)));
    }

    private static HistoryQuery.Type type(String text) {
        return switch (text) {
            case "all" -> HistoryQuery.Type.ALL;
            case "usage" -> HistoryQuery.Type.USAGE;
            case "payment" -> HistoryQuery.Type.PAYMENT;
            default -> throw ProblemException.invalid("type must be all, usage or payment");
        };
    }
}
