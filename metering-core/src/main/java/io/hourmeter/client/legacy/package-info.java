/** License servers that have only {@code validate}, {@code hours} and {@code usage}. No application calls this. */
@NullMarked
package io.hourmeter.client.legacy;

import org.jspecify.annotations.NullMarked;
