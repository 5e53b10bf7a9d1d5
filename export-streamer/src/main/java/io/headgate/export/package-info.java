/**
 * Exports: rows straight out of a database cursor, as fast as the client drinks and no faster.
 * A request will enter with its filter validated and its replica chosen; in this build nothing enters yet.
 * It must never hold an export in memory, nor let one that broke look whole.
 */
@NullMarked
package io.headgate.export;

import org.jspecify.annotations.NullMarked;
