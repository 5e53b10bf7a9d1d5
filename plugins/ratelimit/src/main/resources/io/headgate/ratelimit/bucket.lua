-- A bucket, as every script here reads and writes it. All amounts are whole millionths of a token, all times whole
-- microseconds of this server's clock, and whatever must be rounded is rounded against the caller.
--   u, t      what is used up, and as of when; it drains at the rate n tokens in d seconds
--   b         the burst that was last counted against
--   o, e, x   what instances hold ahead, and when the first and the last of it must have come back
--   h:<name>  what one of them holds: amount:expiry:sequence
--   w80, w95  the window in which somebody was told that so much is used
local EXACT = 9007199254740991
local FOREVER = 400000000000000

local function text(number)
  return string.format('%.0f', number)
end

local function clock(given)
  if given ~= '0' then
    return tonumber(given)
  end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function earned(elapsed, n, d)
  local product = elapsed * n
  local whole = math.floor(product / d)
  return product > EXACT and math.max(0, whole - 1) or whole
end

local function timeToEarn(amount, n, d)
  if amount <= 0 then
    return 0
  end
  local product = amount * d
  local whole = math.ceil(product / n)
  return math.min(FOREVER, product > EXACT and whole + 2 or whole)
end

-- What an instance held beyond its time counts as spent at this moment, since it may have been.
local function reclaim(key, bucket, now)
  local first, out = nil, 0
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 'h:' then
      local amount, expiry = string.match(fields[i + 1], '^(%d+):(%d+):')
      amount, expiry = tonumber(amount), tonumber(expiry)
      if expiry <= now then
        redis.call('HDEL', key, fields[i])
        bucket.used = bucket.used + amount
      else
        out = out + amount
        first = math.min(first or expiry, expiry)
      end
    end
  end
  bucket.out, bucket.expiry, bucket.changed = out, first, true
end

-- The slower of the two rates counts for the time since the last writing: nobody knows when within it the rate changed.
-- A bucket of which nothing is known is full, or was lost: what the asking instance remembers of it then counts as used.
local function load(key, burst, n, d, now, remembered)
  local stored = redis.call('HMGET', key, 'u', 't', 'n', 'd', 'o', 'e', 'x')
  local bucket = { used = 0, out = 0, base = 0, since = now, n = n, d = d, last = 0, changed = false }
  if stored[1] then
    bucket.base, bucket.since = tonumber(stored[1]), tonumber(stored[2])
    local sn, sd = tonumber(stored[3]), tonumber(stored[4])
    bucket.changed = sn ~= n or sd ~= d
    if sn * d < n * sd then
      bucket.n, bucket.d = sn, sd
    end
    local elapsed = math.max(0, now - bucket.since)
    bucket.used = math.max(0, bucket.base - earned(elapsed, bucket.n, bucket.d))
    bucket.out = tonumber(stored[5] or '0')
    bucket.expiry = stored[6] and tonumber(stored[6])
    bucket.last = tonumber(stored[7] or '0')
  elseif remembered > 0 then
    bucket.used = math.min(remembered, burst)
    bucket.base, bucket.changed = bucket.used, true
  end
  return bucket
end

-- What was admitted while this server could not be asked.
local function debit(bucket, amount, burst)
  if amount > 0 then
    bucket.used = math.max(bucket.used, math.min(bucket.used + amount, burst - bucket.out))
    bucket.changed = true
  end
end

local function store(key, bucket, burst, n, d, now, keep)
  local at = math.max(now, bucket.since)
  redis.call('HSET', key, 'u', text(bucket.used), 't', text(at), 'n', text(n), 'd', text(d), 'b', text(burst),
    'o', text(bucket.out), 'e', text(bucket.expiry or 0), 'x', text(bucket.last))
  local full = timeToEarn(bucket.used + bucket.out, n, d)
  local held = bucket.out > 0 and math.max(0, bucket.last - now) or 0
  redis.call('PEXPIRE', key, text(math.ceil(math.max(held + full, keep) / 1000) + 1000))
  bucket.base, bucket.since, bucket.n, bucket.d = bucket.used, at, n, d
end

-- How long until so much fits, when nobody else takes any.
local function wait(bucket, amount, burst, now)
  local missing = bucket.base + bucket.out + amount - burst
  if missing <= bucket.base then
    return math.max(0, timeToEarn(missing, bucket.n, bucket.d) - math.max(0, now - bucket.since))
  end
  local back = bucket.expiry and bucket.expiry > now and bucket.expiry - now or 0
  return back + timeToEarn(math.min(missing, burst), bucket.n, bucket.d)
end

-- Says once in a window that 80 and that 95 of a hundred are used: 0, 1 for the former, 2 for the latter.
local function approached(key, bucket, burst, d, now)
  local level = bucket.used + bucket.out
  if level * 100 < burst * 80 then
    return 0, 0
  end
  local span = d * 1000000
  local window = text(math.floor(now / span))
  local flags = redis.call('HMGET', key, 'w80', 'w95')
  local keep = span - now % span
  if level * 100 >= burst * 95 then
    if flags[2] == window then
      return 0, 0
    end
    redis.call('HSET', key, 'w80', window, 'w95', window)
    return 2, keep
  end
  if flags[1] == window then
    return 0, 0
  end
  redis.call('HSET', key, 'w80', window)
  return 1, keep
end
