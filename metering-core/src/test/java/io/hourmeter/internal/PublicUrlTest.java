package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicUrlTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "'',http,h,null,/,false",
                "'',http,h,'',/,false",
                "'',http,h,/app,/app,false",
                "'',https,h,null,/,true",
                "https://x/shop,http,x,null,/shop,true",
                "https://x/shop,http,x,/app,/shop,true",
                "https://X/shop,http,x,/app,/shop,true",
                "https://x:8443/shop,http,x:8443,null,/shop,true",
                "https://x,http,127.0.0.1:8080,null,/,false",
                "https://x,https,x,/app,/app,true",
                "http://x/shop,http,x,null,/shop,false",
                "https://x/a;b=c,https,x,null,/,true"
            })
    void aCookieHasThePathThatThePublicSees(
            String url, String scheme, String host, @Nullable String prefix, String path, boolean secure) {
        assertThat(PublicUrl.of(url).cookieAttributes(new ForwardedRequest("127.0.0.1", scheme, host, prefix)))
                .isEqualTo("; Path=" + path + "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : ""));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "https://Example.com:443,https://example.com",
                "http://h:80/x,http://h",
                "http://h:443,http://h:443",
                "HTTPS://[::1]:8443/,https://[::1]:8443",
                "null,null",
                "ftp://h,null",
                "https:opaque,null"
            })
    void anOriginIsWrittenAsABrowserDoes(String url, @Nullable String origin) {
        assertThat(PublicUrl.originOf(URI.create(url == null ? "null" : url))).isEqualTo(origin);
    }

    @Test
    void withoutASettingThereIsNone() {
        assertThat(PublicUrl.of("").isSet()).isFalse();
        assertThat(PublicUrl.of("https://x/shop").path()).isEqualTo("/shop");
    }
}
