/**
 * One shape of pages at the edge, whatever the backend's.
 * A request enters with its filter validated, and leaves as its backend asks for pages; the answer comes back as a stream.
 * It must never hold a page in memory, nor take a cursor for a permission.
 */
@NullMarked
package io.headgate.pagination;

import org.jspecify.annotations.NullMarked;
