/**
 * Exports: rows straight out of a database cursor, as fast as the client drinks and no faster.
 * A request enters as an order that was checked and authorized, and leaves as bytes of the format that it names.
 * It must never hold an export in memory, nor let one that broke look whole.
 */
@NullMarked
package io.headgate.export;

import org.jspecify.annotations.NullMarked;
