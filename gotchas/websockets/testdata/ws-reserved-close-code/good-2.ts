import { DurableObject } from "cloudflare:workers";
import { sendable } from "./codes";

function safe(code: number): number {
  if (code === 1005 || code === 1006) return 1000;
  return code;
}

function mapped(code: number): number {
  switch (code) {
    case 1004:
    case 1005:
    case 1006:
    case 1015:
      return 1000;
    default:
      return code;
  }
}

export class A extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    ws.close(safe(code)); // guard
  }
}

export class B extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    ws.close(mapped(code)); // ok
  }
}

export class C extends DurableObject<Env> {
  static readonly RESERVED = [1005, 1006];

  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    if (C.RESERVED.includes(code)) {
      ws.close();
      return;
    }
    ws.close(code); // ok
  }
}

export class D extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    if (code >= 3000 && code <= 4999) ws.close(code); // ok
    else ws.close(1000);
  }
}

export class E extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    ws.close(sendable(code)); // ok
    if (isPrivate(code)) ws.close(code); // ok
  }
}

declare function isPrivate(code: number): boolean;

export class F extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    const status = code === 1000 || (code >= 3000 && code < 5000) ? code : 1000;
    ws.close(status); // ok
  }

  async webSocketError(ws: WebSocket): Promise<void> {
    ws.close(1011, "error"); // ok
    ws.close(4001); // ok
  }
}

export class G extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number): Promise<void> {
    switch (code) {
      case 1005:
      case 1006:
        ws.close();
        break;
      default:
        ws.close(code); // ok
    }
  }
}

function reserved(code: number): boolean {
  return code === 1005 || code === 1006 || code === 1015;
}

function closeQuietly(ws: WebSocket, code: number, reason: string): void {
  if (reserved(code)) return;
  try {
    ws.close(code, reason); // ok
  } catch {
    // The socket was closed already.
  }
}

export class H extends DurableObject<Env> {
  async webSocketClose(ws: WebSocket, code: number, reason: string, wasClean: boolean): Promise<void> {
    if (wasClean) closeQuietly(ws, code, reason);
  }
}
