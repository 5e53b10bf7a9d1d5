/**
 * Tests of exports, against PostgreSQL itself.
 * Orders enter at the cursor or at a server of their own, and files are read by programs that this build did not write.
 * No test must take its own writer for a reader.
 */
@NullMarked
package io.headgate.export;

import org.jspecify.annotations.NullMarked;
