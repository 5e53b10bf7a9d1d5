-- What buckets hold, touching nothing. KEYS: the buckets. ARGV: the time or 0; for each bucket burst, n, d.
-- Answers for each: whether anything is known of it, used, held ahead, burst, time until it is full.
local now = clock(ARGV[1])
local answer = {}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 3 + 1
  local burst, n, d = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local bucket = load(key, burst, n, d, now, 0)
  local last = redis.call('HGET', key, 'b')
  answer[#answer + 1] = last and 1 or 0
  answer[#answer + 1] = bucket.used
  answer[#answer + 1] = bucket.out
  answer[#answer + 1] = last and tonumber(last) or burst
  answer[#answer + 1] = timeToEarn(bucket.used + bucket.out, n, d)
end
return answer
