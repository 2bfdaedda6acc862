import { type Parameter, text } from '../tasks/parameters';

export const deviceParameter: Parameter = text('device', "auto, cpu, metal or a device's id; the server's own choice by default");

export const modelParameters: readonly Parameter[] = [
  text('model', "Name of a model of /v1/models; the task's own by default"),
  deviceParameter,
];
