/** What several modules of Hourmeter need and no application calls. May change with any version. */
@NullMarked
package io.hourmeter.internal;

import org.jspecify.annotations.NullMarked;
