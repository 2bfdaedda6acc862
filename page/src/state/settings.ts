import { effect, type Signal, signal } from '@preact/signals';
import type { PageTask } from '../engine/engine';

export const tasks = ['classify', 'detect', 'segment'] as const satisfies PageTask[];

/** What is remembered from visit to visit. */
export interface Settings {
  task: PageTask;
  /** Name of the model chosen for each task. */
  models: Partial<Record<PageTask, string>>;
  device: string;
  /** Least scores, 0 to 1; of detections {@link leastDetectionScore} or more. */
  classifyThreshold: number;
  detectThreshold: number;
  /** 1 to {@link mostCategories}. */
  topK: number;
  /** 1 to {@link mostDetections}. */
  maxResults: number;
  /** 0 to 1; null for the model's own. */
  iouThreshold: number | null;
  /** Of masks, 0 to 1. */
  opacity: number;
}

/** Below this, detections are not asked for: there would be very many, and none of them right. */
export const leastDetectionScore = 0.05;
export const mostCategories = 20;
export const mostDetections = 100;

export const defaultSettings: Settings = {
  task: 'detect',
  models: {},
  device: 'auto',
  classifyThreshold: 0,
  detectThreshold: 0.5,
  topK: 5,
  maxResults: mostDetections,
  iouThreshold: null,
  opacity: 0.6,
};

/** The settings in a text that {@link keptSettings} kept; what is absent or wrong in it is as by default. */
export function readSettings(text: string | null): Settings {
  const found = parseObject(text);
  const models = isObject(found.models) ? found.models : {};
  const number = (value: unknown, least: number, most: number, otherwise: number) =>
    typeof value === 'number' && value >= least && value <= most ? value : otherwise;
  const whole = (value: unknown, most: number, otherwise: number) =>
    Number.isInteger(value) ? number(value, 1, most, otherwise) : otherwise;
  return {
    task: tasks.find((task) => task === found.task) ?? defaultSettings.task,
    models: Object.fromEntries(tasks.flatMap((task) => (typeof models[task] === 'string' ? [[task, models[task]]] : []))),
    device: typeof found.device === 'string' ? found.device : defaultSettings.device,
    classifyThreshold: number(found.classifyThreshold, 0, 1, defaultSettings.classifyThreshold),
    detectThreshold: number(found.detectThreshold, leastDetectionScore, 1, defaultSettings.detectThreshold),
    topK: whole(found.topK, mostCategories, defaultSettings.topK),
    maxResults: whole(found.maxResults, mostDetections, defaultSettings.maxResults),
    iouThreshold: typeof found.iouThreshold === 'number' ? number(found.iouThreshold, 0, 1, 0.6) : null,
    opacity: number(found.opacity, 0, 1, defaultSettings.opacity),
  };
}

const key = 'mobilenet-metal';

/** The settings of the last visit, kept for the next one. */
export function keptSettings(): Signal<Settings> {
  let text: string | null = null;
  try {
    text = localStorage.getItem(key);
  } catch {
    // Storage is forbidden: nothing is remembered.
  }
  const settings = signal(readSettings(text));
  effect(() => {
    const kept = JSON.stringify(settings.value);
    try {
      localStorage.setItem(key, kept);
    } catch {
      // Forbidden, or full.
    }
  });
  return settings;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
