/** The payments servlet and its page. */
@NullMarked
package io.hourmeter.stripe.web;

import org.jspecify.annotations.NullMarked;
