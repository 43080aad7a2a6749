package io.hourmeter.server.ledger.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.LicenseKey;
import io.hourmeter.server.ledger.calls.KeyMaker;
import org.junit.jupiter.api.Test;

class SealedKeyTest {

    private final LicenseKey key = new KeyMaker("RL").key();

    @Test
    void opensWithTheIdempotencyKeyThatSealedIt() {
        String sealed = SealedKey.seal(key, "create-1");
        assertThat(SealedKey.open(sealed, "create-1").text()).isEqualTo(key.text());
    }

    @Test
    void opensWithNoOtherAndNotOnceTamperedWith() {
        String sealed = SealedKey.seal(key, "create-1");
        assertThatThrownBy(() -> SealedKey.open(sealed, "create-2")).isInstanceOf(IllegalStateException.class);
        char last = sealed.charAt(sealed.length() - 1);
        String tampered = sealed.substring(0, sealed.length() - 1) + (last == '0' ? '1' : '0');
        assertThatThrownBy(() -> SealedKey.open(tampered, "create-1")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void twoSealsOfOneKeyDiffer() {
        assertThat(SealedKey.seal(key, "create-1")).isNotEqualTo(SealedKey.seal(key, "create-1"));
    }

    @Test
    void keysAreOfCrockfordsAlphabetAndDiffer() {
        KeyMaker maker = new KeyMaker("ACME2");
        assertThat(maker.key().text()).matches("ACME2(-[0-9A-HJKMNP-TV-Z]{8}){3}");
        assertThat(maker.key()).isNotEqualTo(maker.key());
        assertThat(maker.publicId()).matches("lic_[0-9a-z]{20}");
    }
}
