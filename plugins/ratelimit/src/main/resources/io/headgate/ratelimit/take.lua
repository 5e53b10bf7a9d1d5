-- Takes from all of the buckets or from none.
-- KEYS: the buckets. ARGV: the time or 0; for each bucket cost, burst, n, d, whether it refuses (1), debit,
-- what is remembered.
-- Answers for each bucket: whether it fits, what remains, the wait, the time until it is full, what was approached.
local now = clock(ARGV[1])
local asked, refused = {}, false
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 7 + 1
  local it = { cost = tonumber(ARGV[at + 1]), burst = tonumber(ARGV[at + 2]), n = tonumber(ARGV[at + 3]),
    d = tonumber(ARGV[at + 4]), refuses = ARGV[at + 5] == '1' }
  it.bucket = load(key, it.burst, it.n, it.d, now, tonumber(ARGV[at + 7]))
  if it.bucket.out > 0 and it.bucket.expiry and it.bucket.expiry <= now then
    reclaim(key, it.bucket, now)
  end
  debit(it.bucket, tonumber(ARGV[at + 6]), it.burst)
  if it.bucket.changed then
    store(key, it.bucket, it.burst, it.n, it.d, now, 0)
  end
  it.fits = it.bucket.used + it.bucket.out + it.cost <= it.burst
  refused = refused or (it.refuses and not it.fits)
  asked[i] = it
end
local answer = {}
for i, key in ipairs(KEYS) do
  local it, told, keep = asked[i], 0, 0
  local bucket = it.bucket
  local waiting = it.fits and 0 or wait(bucket, it.cost, it.burst, now)
  if it.fits and not refused then
    bucket.used = bucket.used + it.cost
    told, keep = approached(key, bucket, it.burst, it.d, now)
    store(key, bucket, it.burst, it.n, it.d, now, keep)
  end
  local level = bucket.used + bucket.out
  answer[#answer + 1] = it.fits and 1 or 0
  answer[#answer + 1] = math.max(0, it.burst - level)
  answer[#answer + 1] = waiting
  answer[#answer + 1] = timeToEarn(level, it.n, it.d)
  answer[#answer + 1] = told
end
return answer
