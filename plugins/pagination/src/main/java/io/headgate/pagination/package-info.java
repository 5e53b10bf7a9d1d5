/**
 * One shape of pages at the edge, whatever the backend's.
 * A request will enter with its filter validated; today only the route's section is read here.
 * It must never hold a page in memory, nor take a cursor for a permission.
 */
@NullMarked
package io.headgate.pagination;

import org.jspecify.annotations.NullMarked;
