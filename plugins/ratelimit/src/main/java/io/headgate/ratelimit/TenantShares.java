package io.headgate.ratelimit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who holds how much of one backend, and who wants more than a fair share. Nobody has a share reserved: what those with
 * small wishes leave is shared out among the others, and a tenant that is alone has all of it. Requests count; one
 * thread draws the line again and again.
 */
final class TenantShares {

    private static final double MEMORY = 0.9;
    /** So far above its share a tenant may come by mere chance. */
    private static final double CHANCE = 1.5;
    /** What is left of its share to a tenant that wants more, as long as others have use for the rest. */
    private static final double LEFT_TO_THE_GREEDY = 0.5;

    private static final int ROUNDS_UNTIL_FORGOTTEN = 100;

    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private final int mostAccounts;
    private final Account rest = new Account();
    private volatile int leftToTheGreedy = Integer.MAX_VALUE;
    private double underWay;

    /** What one tenant holds and was refused. A request keeps the account that it was counted on until it gives back. */
    static final class Account {
        private final AtomicInteger held = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private volatile boolean asked = true;
        private volatile boolean isGreedy;
        private double wanted;
        private boolean isNew = true;
        private int idleRounds;

        void hold() {
            held.incrementAndGet();
        }

        void giveBack() {
            held.decrementAndGet();
        }

        void refused() {
            refused.incrementAndGet();
        }

        int held() {
            return held.get();
        }

        private void settle() {
            int now = held.get() + refused.getAndSet(0);
            wanted = isNew ? now : MEMORY * wanted + (1 - MEMORY) * now;
            isNew = false;
            idleRounds = asked || held.get() > 0 ? 0 : idleRounds + 1;
            asked = false;
        }
    }

    TenantShares(int mostAccounts) {
        this.mostAccounts = mostAccounts;
    }

    /** Tenants beyond the bound share one account, and by that one share. */
    Account of(String tenant) {
        Account known = accounts.get(tenant);
        if (known == null) {
            known = accounts.size() < mostAccounts ? accounts.computeIfAbsent(tenant, missing -> new Account()) : rest;
        }
        if (!known.asked) {
            known.asked = true;
        }
        return known;
    }

    boolean isAbove(Account account) {
        return account.isGreedy && account.held() >= leftToTheGreedy;
    }

    int tenants() {
        return accounts.size();
    }

    /** Fills up the wishes from the smallest: once one does not fit into an equal part of what is left, no larger one does. */
    void settle() {
        List<Account> active = active();
        underWay = MEMORY * underWay
                + (1 - MEMORY) * active.stream().mapToInt(Account::held).sum();
        active.sort(Comparator.comparingDouble(account -> account.wanted));
        double left = underWay;
        double share = left;
        for (int i = 0; i < active.size(); i++) {
            Account account = active.get(i);
            share = left / (active.size() - i);
            account.isGreedy = active.size() > 1 && account.wanted > share * CHANCE;
            left -= Math.min(account.wanted, share);
        }
        leftToTheGreedy = Math.max(1, (int) Math.ceil(share * LEFT_TO_THE_GREEDY));
    }

    private List<Account> active() {
        List<Account> active = new ArrayList<>(accounts.size() + 1);
        for (Iterator<Account> each = accounts.values().iterator(); each.hasNext(); ) {
            Account account = each.next();
            account.settle();
            if (account.idleRounds > ROUNDS_UNTIL_FORGOTTEN) {
                each.remove();
            } else {
                active.add(account);
            }
        }
        rest.settle();
        if (rest.idleRounds <= ROUNDS_UNTIL_FORGOTTEN && accounts.size() >= mostAccounts) {
            active.add(rest);
        }
        return active;
    }
}
