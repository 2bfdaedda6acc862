/*
 * Loaded before anything else: libuv's threads, which decode pictures and read files, are as many as this variable says when the first of them
 * is needed. A process of our own may use all processors for that.
 */
import { availableParallelism } from 'node:os';

const leastThreads = 6;
/** Beside the decoders, for reading and writing files. */
const fileThreads = 4;

process.env.UV_THREADPOOL_SIZE ??= String(Math.max(leastThreads, availableParallelism() + fileThreads));

// What follows looks at the variable when it is loaded.
const { keepDecodersBusy } = require('../images/decoders') as typeof import('../images/decoders');
keepDecodersBusy();
