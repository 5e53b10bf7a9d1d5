-- An instance says what it still holds of one bucket and what it gives back; the rest of what it had is spent. It is
-- then given more. What is held counts against the burst and earns nothing back until it is settled.
-- KEYS[1] the bucket. ARGV: the time or 0, burst, n, d, debit, what is remembered, holder, sequence, held, returned,
-- need, more, lifetime.
-- Answers: 1, or 0 for a message that a later one has overtaken; what is granted (of need and more); then what take.lua
-- answers for one bucket, the wait being for what of the need is missing.
local key, now = KEYS[1], clock(ARGV[1])
local burst, n, d = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local field, sequence = 'h:' .. ARGV[7], tonumber(ARGV[8])
local held, returned, need, more = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local lifetime = tonumber(ARGV[13])

local bucket = load(key, burst, n, d, now, tonumber(ARGV[6]))
if bucket.out > 0 and bucket.expiry and bucket.expiry <= now then
  reclaim(key, bucket, now)
end
debit(bucket, tonumber(ARGV[5]), burst)

local had = held
local record = redis.call('HGET', key, field)
if record then
  local amount, _, last = string.match(record, '^(%d+):(%d+):(%d+)$')
  if sequence <= tonumber(last) then
    return { 0, 0, 0, math.max(0, burst - bucket.used - bucket.out), 0, 0, 0 }
  end
  had = tonumber(amount)
  bucket.out = math.max(0, bucket.out - had)
end
bucket.used = math.max(0, bucket.used + had - held - returned)
local free = math.max(0, burst - bucket.used - bucket.out - held)
local granted = math.min(need + more, math.floor(free / 1000000) * 1000000)
local holds = held + granted
bucket.out = bucket.out + holds
bucket.base, bucket.since, bucket.n, bucket.d = bucket.used, math.max(now, bucket.since), n, d
local waiting = granted < need and wait(bucket, need - granted, burst, now) or 0
if holds > 0 then
  redis.call('HSET', key, field, text(holds) .. ':' .. text(now + lifetime) .. ':' .. text(sequence))
  bucket.expiry = math.min(bucket.expiry and bucket.expiry > now and bucket.expiry or now + lifetime, now + lifetime)
  bucket.last = math.max(bucket.last, now + lifetime)
else
  redis.call('HDEL', key, field)
end
local told, keep = approached(key, bucket, burst, d, now)
store(key, bucket, burst, n, d, now, keep)
local level = bucket.used + bucket.out
return { 1, granted, granted >= need and 1 or 0, math.max(0, burst - level), waiting, timeToEarn(level, n, d), told }
