package io.hourmeter.server.ledger.store;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LeaseRules;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.LicenseState;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import io.hourmeter.server.ledger.rules.ScopeRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One license within one transaction: as it was loaded, and as the calls of the batch change it. Belongs to one writer
 * thread. The store writes back what has been noted here.
 */
public final class Account {

    private final LicenseRecord before;
    private final boolean created;
    private final Map<EntryId, EntryRecord> entries = new HashMap<>();
    private final List<EntryRecord> posted = new ArrayList<>();
    private final Map<String, KeyRecord> keys = new LinkedHashMap<>();
    private final Map<String, KeyRecord> changedKeys = new LinkedHashMap<>();
    private final Map<String, Map<String, ReversalRecord>> reversals = new HashMap<>();
    private final List<ReversalRecord> changedReversals = new ArrayList<>();
    private final List<EventRecord> events = new ArrayList<>();
    private LicenseState loadedState;
    private LicenseState state;
    private String maskedKey;
    private @Nullable CreationRecord creation;

    /** What makes an entry unique within its license. */
    private record EntryId(EntryKind.Call call, String idempotencyKey) {}

    private Account(LicenseRecord before, LicenseRow row, boolean created) {
        this.before = before;
        this.created = created;
        this.maskedKey = before.maskedKey();
        this.loadedState = LicenseState.of(row, List.of(), List.of());
        this.state = loadedState;
    }

    /** A license that was there, after its {@code ClockStep}. */
    static Account loaded(LicenseRecord before, LicenseRow now) {
        return new Account(before, now, false);
    }

    /** A license that this transaction creates. */
    public static Account created(LicenseRecord license) {
        return new Account(license, license.row(), true);
    }

    // What the store has loaded

    public void addLoaded(EntryRecord entry) {
        if (entry.idempotencyKey() != null) {
            entries.put(new EntryId(entry.kind().call(), entry.idempotencyKey()), entry);
        }
    }

    public void addLoaded(ReversalRecord reversal) {
        reversals
                .computeIfAbsent(reversal.purchase(), p -> new LinkedHashMap<>())
                .put(reversal.object(), reversal);
    }

    public void addLoaded(KeyRecord key) {
        keys.put(key.sha256(), key);
    }

    /** Notes the leases that can matter; ends those whose nodes went silent, before anything is decided. */
    public void setLeases(List<LeaseRow> leases, List<ScopeRow> breaks) {
        loadedState = LicenseState.of(state.license(), leases, breaks);
        state = LeaseRules.lapse(loadedState);
    }

    // What calls ask

    public LicenseRow row() {
        return state.license();
    }

    public LicenseRecord license() {
        return before.with(row()).withMaskedKey(maskedKey);
    }

    public long id() {
        return before.row().id();
    }

    /** The present by the license's own time. */
    public long now() {
        return state.nowMillis();
    }

    /** The present by the store's clock: for what is a date. */
    public long storeNow() {
        return row().storeNowMillis();
    }

    public LicenseState state() {
        return state;
    }

    /** What a call with that idempotency key has done to this license; null when nothing. */
    public @Nullable EntryRecord entry(EntryKind.Call call, String idempotencyKey) {
        return entries.get(new EntryId(call, idempotencyKey));
    }

    /**
     * The entry that a call repeats.
     *
     * @return null when it repeats none
     * @throws LicenseRequestException if the call with that idempotency key asked for something else
     */
    public @Nullable EntryRecord repeated(EntryKind.Call call, @Nullable String idempotencyKey, String inputHash) {
        EntryRecord earlier = idempotencyKey == null ? null : entry(call, idempotencyKey);
        if (earlier != null && !inputHash.equals(earlier.inputHash())) {
            throw mismatch();
        }
        return earlier;
    }

    public static LicenseRequestException mismatch() {
        return new LicenseRequestException(
                ErrorCode.IDEMPOTENCY_MISMATCH, "this idempotency key was used before with another request");
    }

    /** What refunds and disputes take of a purchase, by object. */
    public Map<String, ReversalRecord> reversals(String purchase) {
        return reversals.getOrDefault(purchase, Map.of());
    }

    /** Its keys, those that have ended included. */
    public List<KeyRecord> keys() {
        return List.copyOf(keys.values());
    }

    // What calls change

    /** Adds an entry and carries it into the totals. */
    public EntryRecord post(EntryKind kind, long millis, EntryRecord.Cause cause) {
        LicenseRow after = kind.applyTo(row(), millis);
        set(after);
        EntryRecord entry = new EntryRecord(
                kind,
                millis,
                new EntryRecord.After(after.purchasedMillis(), after.chargedMillis(), after.heldMillis()),
                cause,
                new EntryRecord.Moment(now(), row().clockOffsetMillis()));
        posted.add(entry);
        addLoaded(entry);
        return entry;
    }

    public void set(LicenseState newState) {
        state = newState;
    }

    public void set(LicenseRow row) {
        state = state.with(row);
    }

    public void put(ReversalRecord reversal) {
        addLoaded(reversal);
        changedReversals.add(reversal);
    }

    public void put(KeyRecord key) {
        keys.put(key.sha256(), key);
        changedKeys.put(key.sha256(), key);
    }

    public void put(CreationRecord newCreation) {
        creation = newCreation;
    }

    public void setMaskedKey(String masked) {
        maskedKey = masked;
    }

    public void note(String what, String actor) {
        events.add(new EventRecord(what, actor, storeNow()));
    }

    // What the store writes back

    public boolean created() {
        return created;
    }

    /** Whether anything but the time has changed; that the clock had to be re-based is not to be forgotten. */
    boolean changed() {
        LicenseState.Changes changes = changes();
        return created
                || row().clockOffsetMillis() != before.row().clockOffsetMillis()
                || changes.licenseChanged()
                || !changes.added().isEmpty()
                || !changes.changed().isEmpty()
                || !changes.breaks().isEmpty()
                || !posted.isEmpty()
                || !changedKeys.isEmpty()
                || !changedReversals.isEmpty()
                || !events.isEmpty();
    }

    public LicenseState.Changes changes() {
        return state.changesSince(loadedState);
    }

    public List<EntryRecord> posted() {
        return posted;
    }

    public Iterable<KeyRecord> changedKeys() {
        return changedKeys.values();
    }

    public List<ReversalRecord> changedReversals() {
        return changedReversals;
    }

    public List<EventRecord> events() {
        return events;
    }

    public @Nullable CreationRecord creation() {
        return creation;
    }
}
