package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.License;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.Validation;
import io.hourmeter.wire.BalanceJson;
import io.hourmeter.wire.HistoryJson;
import io.hourmeter.wire.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a customer is told of the own license, and what a device is told to remember of it. Thread-safe. */
final class Account {

    /** A request to remember a customer has a key. */
    private static final int MAX_BODY = 4 * 1024;

    private static final int MAX_KEY = 200;

    private final Wiring wiring;
    private final KeyInRequest keys;
    private final Origins origins;
    private final RememberedKey remembered;

    Account(Wiring wiring, KeyInRequest keys, Origins origins, RememberedKey remembered) {
        this.wiring = wiring;
        this.keys = keys;
        this.origins = origins;
        this.remembered = remembered;
    }

    /** Has a device carry the key from now on; only one that a license has, or every later page would be refused. */
    BodyCall remember(HttpServletRequest request, HttpServletResponse response) {
        origins.checkCaller(request);
        requireRemembering();
        return new BodyCall(MAX_BODY, HttpServletResponse.SC_OK, body -> remembered(request, response, body));
    }

    private Map<String, Object> remembered(HttpServletRequest request, HttpServletResponse response, byte[] body) {
        String given = RequestBody.json(body).pastedKey("license_key", MAX_KEY);
        LicenseKey key = keys.ofBody(request, given);
        known(key);
        remembered.set(request, response, key);
        return done();
    }

    Map<String, Object> forget(HttpServletRequest request, HttpServletResponse response) {
        origins.checkCaller(request);
        requireRemembering();
        remembered.forget(request, response);
        return done();
    }

    private void requireRemembering() {
        if (!remembered.offered()) {
            throw new Refusal(
                    404, "REMEMBER_OFF", "Not offered", CustomerText.REMEMBER_OFF, "keys are not remembered here");
        }
    }

    private static Map<String, Object> done() {
        return Map.of("success", true);
    }

    Map<String, Object> balance(HttpServletRequest request) {
        LicenseRef named = keys.of(request);
        wiring.report(named);
        License license = known(named).license();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("success", true);
        members.putAll(Json.members(BalanceJson.of(balanceOf(license, named))));
        if (wiring.olderServer()) {
            // It does not tell what is held, and nothing held would mean that the license is not in use.
            members.remove("held_hours");
        }
        members.put(
                "expires",
                license == null || license.expires() == null
                        ? null
                        : license.expires().toString());
        return members;
    }

    private Balance balanceOf(LicenseRef named) {
        return balanceOf(known(named).license(), named);
    }

    /** An older server tells nothing about a license that it refuses. */
    private Balance balanceOf(@Nullable License license, LicenseRef named) {
        return license != null ? license.balance() : wiring.client().hoursRemaining(named);
    }

    /** A used-up license has a balance like any other; one that serves no more has none to show. */
    private Validation known(LicenseRef license) {
        Validation validation = wiring.client().validate(license);
        ErrorCode refusal = validation.refusal();
        if (refusal == ErrorCode.INVALID_LICENSE) {
            throw ExceptionMapper.unknownKey();
        }
        if (refusal == ErrorCode.LICENSE_EXPIRED) {
            throw ExceptionMapper.expired();
        }
        if (refusal != null && refusal != ErrorCode.HOURS_EXHAUSTED) {
            throw ExceptionMapper.inactive();
        }
        return validation;
    }

    Map<String, Object> history(HttpServletRequest request) {
        LicenseRef license = keys.of(request);
        var query = HistoryParameters.of(request);
        wiring.report(license);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("success", true);
        if (wiring.olderServer()) {
            members.putAll(Json.members(HistoryJson.of(notRecorded(balanceOf(license)))));
            members.put("recorded", false);
        } else {
            members.putAll(Json.members(HistoryJson.of(wiring.client().history(license, query))));
        }
        return members;
    }

    /** What an older server knows of the past: how much, and not when. */
    private static History notRecorded(Balance balance) {
        return new History(
                List.of(),
                List.of(),
                List.of(),
                new History.Totals(balance.purchasedMillis(), balance.usedMillis(), 0, 0),
                null);
    }
}
