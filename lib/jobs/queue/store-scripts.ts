/**
 * Makes a job unless there is one, or was one lately: fields come in pairs. Answers with 1, or 0 where there is or was.
 * KEYS: the job, all jobs, the note that it was collected. ARGV: its name, then fields and values.
 */
export const createScript = `
if redis.call('EXISTS', KEYS[1], KEYS[3]) > 0 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('SADD', KEYS[2], ARGV[1])
return 1`;

/** Raises a field, never lowers it: two who submit the same job may be at different places. KEYS: the job. ARGV: field, value. */
export const raiseScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if tonumber(redis.call('HGET', KEYS[1], ARGV[1])) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1`;

/**
 * Keeps the rows of a chunk the first time they come, and counts them. Rows that are in the output already, which a Redis that was restarted may
 * have forgotten, are only counted. Answers with 1, 0 where they were there or the job is gone, or -1 where a count is none: what a script has written
 * before it fails stays, and a chunk must not be done without its rows.
 * KEYS: the job, chunks that are done (bits), the rows, the chunk's tries. ARGV: chunk, rows, images, failed images.
 */
export const keepScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for _, count in ipairs(redis.call('HMGET', KEYS[1], 'done', 'doneImages', 'failedImages', 'collected', 'waitingBytes')) do
  if not count or #count > 16 or not string.match(count, '^%-?%d+$') then return -1 end
end
if redis.call('SETBIT', KEYS[2], ARGV[1], 1) == 1 then return 0 end
redis.call('DEL', KEYS[4])
redis.call('HINCRBY', KEYS[1], 'done', 1)
redis.call('HINCRBY', KEYS[1], 'doneImages', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'failedImages', ARGV[4])
if tonumber(ARGV[1]) >= tonumber(redis.call('HGET', KEYS[1], 'collected')) then
  redis.call('SET', KEYS[3], ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'waitingBytes', #ARGV[2])
end
return 1`;

/**
 * Drops the rows of chunks that are in the output, and takes note of it. Answers with 0 where others have been dropped meanwhile, and does nothing.
 * KEYS: the job, then the rows of each chunk. ARGV: the chunk before which all are dropped already, the same afterwards.
 */
export const dropScript = `
if redis.call('HGET', KEYS[1], 'collected') ~= ARGV[1] then return 0 end
for i = 2, #KEYS do
  local bytes = redis.call('STRLEN', KEYS[i])
  if bytes > 0 then
    redis.call('DEL', KEYS[i])
    redis.call('HINCRBY', KEYS[1], 'waitingBytes', -bytes)
  end
end
redis.call('HSET', KEYS[1], 'collected', ARGV[2])
return 1`;

/**
 * Takes note that a chunk is not done after all: its rows were to be kept and are gone. KEYS: the job, chunks that are done (bits), the rows.
 * ARGV: the chunk, its images.
 */
export const forgetScript = `
if redis.call('EXISTS', KEYS[3]) == 1 or tonumber(ARGV[1]) < tonumber(redis.call('HGET', KEYS[1], 'collected')) then return 0 end
if redis.call('SETBIT', KEYS[2], ARGV[1], 0) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'done', -1)
redis.call('HINCRBY', KEYS[1], 'doneImages', -ARGV[2])
return 1`;

/**
 * Removes a job and leaves a note. What frees memory comes first: after it, a Redis that is full takes the rest.
 * KEYS: the job, chunks that are done, the note, all jobs. ARGV: its name, the note, seconds for which it is kept.
 */
export const removeScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SREM', KEYS[4], ARGV[1])
redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[3])
return 1`;
