-- Gives back what a request took that another limit then refused. KEYS: the buckets. ARGV: the time or 0; for each
-- bucket cost, burst, n, d.
local now = clock(ARGV[1])
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 4 + 1
  local burst, n, d = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if redis.call('EXISTS', key) == 1 then
    local bucket = load(key, burst, n, d, now, 0)
    bucket.used = math.max(0, bucket.used - tonumber(ARGV[at + 1]))
    store(key, bucket, burst, n, d, now, 0)
  end
end
return 1
