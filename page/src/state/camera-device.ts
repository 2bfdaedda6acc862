/** Why there is no camera. */
export type CameraProblem = 'denied' | 'none' | 'in-use' | 'unplugged' | 'insecure' | 'other';

const messages: Record<CameraProblem, { title: string; advice: string }> = {
  denied: {
    title: 'The camera is not allowed',
    advice: 'Allow it for this page in the settings of your browser or system, then try again.',
  },
  none: { title: 'No camera found', advice: 'Connect one, then try again.' },
  'in-use': {
    title: 'The camera cannot be used',
    advice: 'Another program may be using it. Close that program, then try again.',
  },
  unplugged: { title: 'The camera is gone', advice: 'It was unplugged or switched off. Connect it, then try again.' },
  insecure: {
    title: 'No camera on this address',
    advice: 'Browsers give pages a camera only over https, or from this computer.',
  },
  other: { title: 'The camera failed', advice: 'Try again.' },
};

export class CameraError extends Error {
  readonly title: string;
  readonly advice: string;

  constructor(
    readonly problem: CameraProblem,
    message?: string,
  ) {
    super(message ?? messages[problem].title);
    this.title = messages[problem].title;
    this.advice = messages[problem].advice;
  }
}

const problems: Record<string, CameraProblem> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'in-use',
  AbortError: 'in-use',
};

/**
 * Asks for a camera, and the user's permission.
 *
 * @throws {CameraError}
 */
export async function openCamera(deviceId?: string): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new CameraError('insecure');
  }
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const video = deviceId ? { deviceId: { exact: deviceId }, ...size } : { facingMode: 'environment', ...size };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    const { name, message } = error as DOMException;
    throw new CameraError(problems[name] ?? 'other', message);
  }
}
