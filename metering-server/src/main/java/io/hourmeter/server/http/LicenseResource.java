package io.hourmeter.server.http;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.ErrorCode;
import io.hourmeter.HistoryQuery;
import io.hourmeter.License;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Problem;
import io.hourmeter.Validation;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.wire.AnswerJson;
import io.hourmeter.wire.CallJson;
import io.hourmeter.wire.Json;
import io.hourmeter.wire.LicenseJson;
import io.hourmeter.wire.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** The calls about licenses as such: create, read, validate, change, rotate, list. */
final class LicenseResource {

    private static final KnownInputs CREATE = KnownInputs.ofBody(CallJson.Create.class);
    private static final KnownInputs LIST = KnownInputs.ofQuery("query", "email", "status", "limit", "cursor");
    private static final KnownInputs CHANGE = KnownInputs.ofBody(CallJson.Change.class);
    private static final KnownInputs ROTATE = KnownInputs.ofBody(CallJson.Rotate.class);

    private final Ledger ledger;

    LicenseResource(Ledger ledger) {
        this.ledger = ledger;
    }

    List<Route> routes() {
        return List.of(
                new Route("POST", "/api/licenses", Permission.CREDIT, CREATE, this::create),
                new Route("GET", "/api/licenses", Permission.ADMIN, LIST, this::list),
                new Route("POST", "/api/licenses/lookup", Permission.LICENSE_KEY, KnownInputs.ANY, this::lookup),
                new Route("GET", "/api/licenses/{key}", Permission.LICENSE_KEY, KnownInputs.ANY, this::read),
                new Route("PATCH", "/api/licenses/{key}", Permission.ADMIN, CHANGE, this::change),
                new Route(
                        "POST",
                        "/api/licenses/{key}/validate",
                        Permission.LICENSE_KEY,
                        KnownInputs.ANY,
                        this::validate),
                new Route("POST", "/api/licenses/{key}/rotate", Permission.ADMIN, ROTATE, this::rotate));
    }

    private ApiResponse create(ApiRequest call) {
        String idempotencyKey = call.idempotencyKey();
        JsonFields fields = call.fields();
        NewLicense license = newLicense(fields);
        if (!license.hours().isZero() && !call.caller().may(Permission.ADMIN)) {
            throw ProblemException.of(
                    ErrorCode.FORBIDDEN,
                    "creating a license with hours above 0 needs scope admin, the token has credit");
        }
        CreatedLicense created =
                ledger.create(license, idempotencyKey, call.caller().actor());
        ApiResponse answer = licensed(201, LicenseJson.created(created.license(), created.key(), created.customer()))
                .repeated(created.repeated());
        return created.license().id() == null
                ? answer
                : answer.with(
                        "Location", "/api/licenses/" + created.license().id().value());
    }

    private static NewLicense newLicense(JsonFields fields) {
        Customer customer = new Customer(
                fields.optionalText("email").orElse(""),
                fields.optionalText("company").orElse(""),
                fields.optionalText("name").orElse(""));
        Duration hours = Duration.ofMillis(fields.hoursMillisOrZero("hours"));
        String type = fields.optionalText("type").orElse(NewLicense.STANDARD);
        OptionalLong days = fields.optionalWhole("duration_days", 1, Limits.VALIDITY_DAYS);
        Instant expires = fields.optionalInstant("expires").orElse(null);
        if (days.isPresent() && expires != null) {
            throw ProblemException.invalid("expires excludes duration_days: give one of them");
        }
        Duration validFor = days.isPresent() ? Duration.ofDays(days.getAsLong()) : null;
        return new NewLicense(customer, hours, type, validFor, expires);
    }

    private ApiResponse list(ApiRequest call) {
        Query query = call.query();
        Ledger.LicensePage page = ledger.list(new Ledger.LicenseQuery(
                query.text("query", Limits.SEARCH).orElse(null),
                query.text("email", Limits.EMAIL).orElse(null),
                query.text("status", Limits.TYPE).map(LicenseResource::status).orElse(null),
                query.whole("limit", 1, HistoryQuery.MAX_LIMIT, HistoryQuery.DEFAULT_LIMIT),
                query.text("cursor", Limits.CURSOR).orElse(null)));
        return ApiResponse.json(
                200,
                new AnswerJson.Licenses(
                        page.licenses().stream()
                                .map(LicenseResource::withCustomer)
                                .toList(),
                        page.next()));
    }

    private ApiResponse lookup(ApiRequest call) {
        return described(call, call.license(call.fields(), "license_key"));
    }

    private ApiResponse read(ApiRequest call) {
        return described(call, call.license());
    }

    /** Who holds a license is told to those who administer it, not to whoever has its key. */
    private ApiResponse described(ApiRequest call, LicenseRef license) {
        Ledger.HeldLicense held = ledger.held(license);
        boolean admin = call.caller().may(Permission.ADMIN);
        return ApiResponse.json(
                200, new AnswerJson.Licensed(admin ? withCustomer(held) : LicenseJson.masked(held.license())));
    }

    private static Map<String, Object> withCustomer(Ledger.HeldLicense held) {
        return LicenseJson.masked(held.license(), held.customer());
    }

    private static ApiResponse licensed(int status, Map<String, Object> license) {
        return ApiResponse.success(status, new AnswerJson.Licensed(license));
    }

    private ApiResponse validate(ApiRequest call) {
        if (call.hasBody()) {
            call.fields();
        }
        if (!call.namesLicense()) {
            return invalid(ErrorCode.INVALID_LICENSE);
        }
        Validation validation = ledger.validate(call.license());
        License license = validation.license();
        ErrorCode refusal = validation.refusal();
        if (refusal != null || license == null) {
            return invalid(refusal == null ? ErrorCode.INVALID_LICENSE : refusal);
        }
        return ApiResponse.json(
                200, Json.members(new AnswerJson.Valid(true), new AnswerJson.Licensed(LicenseJson.masked(license))));
    }

    /** Older clients decide by status 400, {@code valid} and the sentence in {@code error}: these are fixed. */
    private static ApiResponse invalid(ErrorCode reason) {
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("status", 400);
        own.put("valid", false);
        return ApiResponse.problem(new Problem(reason, reason.title(), own));
    }

    private ApiResponse change(ApiRequest call) {
        JsonFields fields = call.fields();
        LicenseStatus status =
                fields.optionalText("status").map(LicenseResource::status).orElse(null);
        Instant expires = fields.optionalInstant("expires").orElse(null);
        boolean clearExpires = fields.has("expires") && expires == null;
        if (status == null && expires == null && !clearExpires) {
            throw ProblemException.invalid("give status (active, suspended or revoked), expires, or both");
        }
        License changed = ledger.change(
                call.license(),
                new Ledger.LicenseChange(status, expires, clearExpires),
                call.caller().actor());
        return licensed(200, LicenseJson.masked(changed));
    }

    private static LicenseStatus status(String text) {
        for (LicenseStatus status : LicenseStatus.values()) {
            if (status.name().toLowerCase(Locale.ROOT).equals(text)) {
                return status;
            }
        }
        throw ProblemException.invalid("status must be active, suspended or revoked");
    }

    private ApiResponse rotate(ApiRequest call) {
        Ledger.RotatedKey rotated =
                ledger.rotate(call.license(), grace(call), call.caller().actor());
        return ApiResponse.success(
                201,
                new AnswerJson.Licensed(LicenseJson.withKey(rotated.license(), rotated.key())),
                new AnswerJson.Rotated(rotated.oldEnds()));
    }

    /** None when absent: whoever rotates a leaked key wants the old one dead now. */
    private static Duration grace(ApiRequest call) {
        return call.hasBody() ? call.fields().optionalDuration("grace").orElse(Duration.ZERO) : Duration.ZERO;
    }
}
