/** The rules of a node. */
@NullMarked
package io.hourmeter.usage.node;

import org.jspecify.annotations.NullMarked;
