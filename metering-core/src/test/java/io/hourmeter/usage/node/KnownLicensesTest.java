package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import org.junit.jupiter.api.Test;

/** What a node remembers about licenses, and under which names. */
class KnownLicensesTest {

    private static final LicenseKey FIRST = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PQ");
    private static final LicenseKey SECOND = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PR");
    private static final LicenseId LICENSE = new LicenseId("lic_0123456789");
    private static final LicenseId OTHER = new LicenseId("lic_9876543210");

    private final KnownLicenses licenses = new KnownLicenses();

    @Test
    void keysOfOneLicenseShareWhatIsKnown() {
        KnownLicense first = licenses.learn(FIRST);
        KnownLicense second = licenses.learn(SECOND);
        licenses.identify(first, LICENSE);
        licenses.identify(second, LICENSE);
        assertThat(first.snapshot).isSameAs(second.snapshot);
        assertThat(licenses.named(LICENSE)).containsExactly(first, second);
        assertThat(licenses.named(SECOND)).containsExactly(first, second);
    }

    @Test
    void anIdSharesWhatIsKnownOfItsKeysWhicheverCameFirst() {
        KnownLicense first = licenses.learn(FIRST);
        licenses.identify(first, LICENSE);
        KnownLicense named = licenses.learn(LICENSE);
        KnownLicense second = licenses.learn(SECOND);
        licenses.identify(second, LICENSE);
        assertThat(licenses.named(LICENSE)).containsExactly(first, named, second);
        assertThat(named.snapshot).isSameAs(first.snapshot).isSameAs(second.snapshot);
        licenses.identify(second, OTHER);
        KnownLicense other = licenses.learn(OTHER);
        assertThat(licenses.named(OTHER)).containsExactly(second, other);
    }

    @Test
    void anIdIsKnownAsSoonAsAKeyOfItsLicenseIs() {
        assertThat(licenses.find(LICENSE)).isNull();
        licenses.identify(licenses.learn(FIRST), LICENSE);
        assertThat(licenses.find(OTHER)).isNull();
        assertThat(licenses.find(LICENSE)).isNotNull();
        assertThat(licenses.find(SECOND)).isNull();
    }

    @Test
    void anIdThatIsForgottenLeavesItsKeys() {
        KnownLicense first = licenses.learn(FIRST);
        licenses.identify(first, LICENSE);
        licenses.forgetStranger(licenses.learn(LICENSE));
        assertThat(licenses.named(LICENSE)).containsExactly(first);
        licenses.forgetStranger(first);
        assertThat(licenses.find(LICENSE)).isNull();
    }

    @Test
    void aKeyThatOpensAnotherLicenseNowLeavesTheFirst() {
        KnownLicense first = licenses.learn(FIRST);
        KnownLicense second = licenses.learn(SECOND);
        licenses.identify(first, LICENSE);
        licenses.identify(second, LICENSE);
        licenses.identify(second, OTHER);
        assertThat(licenses.named(LICENSE)).containsExactly(first);
        assertThat(licenses.named(OTHER)).containsExactly(second);
        licenses.identify(first, OTHER);
        assertThat(licenses.named(LICENSE)).isEmpty();
        assertThat(licenses.named(OTHER)).containsExactly(second, first);
    }

    @Test
    void aStrangerLeavesNothing() {
        KnownLicense known = licenses.learn(FIRST);
        licenses.identify(known, LICENSE);
        licenses.forgetStranger(known);
        assertThat(licenses.size()).isZero();
        assertThat(licenses.named(LICENSE)).isEmpty();
        assertThat(licenses.named(FIRST)).isEmpty();
        licenses.forgetStranger(known);
    }

    @Test
    void aLicenseIsForgottenADayAfterItWasGood() {
        KnownLicense known = licenses.learn(FIRST);
        licenses.identify(known, LICENSE);
        known.snapshot.goodAt = 0;
        long day = HOURS.toNanos(24);
        licenses.forgetUnused(day);
        assertThat(licenses.find(KeyHash.of(FIRST))).isSameAs(known);
        licenses.forgetUnused(day + 1);
        assertThat(licenses.find(KeyHash.of(FIRST))).isNull();
        assertThat(licenses.named(LICENSE)).isEmpty();
    }

    @Test
    void aKeyIsMadeAnewFromItsText() {
        KnownLicense known = licenses.learn(KeyHash.of(FIRST));
        assertThat(known.key()).isNull();
        assertThat(known.ref()).isNull();
        assertThat(licenses.learn(FIRST)).isSameAs(known);
        assertThat(known.key()).isEqualTo(FIRST);
        assertThat(known.keySha256()).isEqualTo(FIRST.sha256());
        assertThat(known.masked()).isEqualTo(FIRST.masked());
    }
}
