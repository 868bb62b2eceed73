// A clock that can be moved. It is evaluated before the Worker under test, so
// every Date that the Worker sees is virtual. Alarms are set in real time at
// the same distance. Not virtual: setTimeout, scheduler.wait, performance.now
// and SQLite's own date functions.
const RealDate = Date;
let offset = 0; // virtual time minus real time, in milliseconds
let settled = 0; // the offset before the move that is under way
let running = 0; // alarm handlers at work
const now = () => RealDate.now() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length ? args : [now()], self),
  apply: () => new RealDate(now()).toString(),
  get: (target, key, self) => (key === "now" ? now : Reflect.get(target, key, self)),
});

// The offset under which an object's pending alarm was set. During a move one
// object may set the alarm of another, on either side of it.
const base = new WeakMap();
const owner = new WeakMap(); // a transaction belongs to a storage
const ownerOf = (storage) => owner.get(storage) ?? storage;
const under = (storage) => base.get(ownerOf(storage)) ?? settled;

// No alarm is meant for an earlier time: it is a delay, or a time in seconds.
const year2001 = 978307200000;
const EARLY = "setAlarm got a time before 2001: ";

const patched = new WeakSet();
const real = {};
const patch = (object) => {
  const proto = Object.getPrototypeOf(object);
  if (patched.has(proto)) return;
  patched.add(proto);
  const { setAlarm, getAlarm, transaction } = proto;
  if (setAlarm)
    proto.setAlarm = function (at, options) {
      if (Number(at) > 0 && Number(at) < year2001) console.error(`${EARLY}${Number(at)}`);
      base.set(ownerOf(this), offset);
      return setAlarm.call(this, Number(at) - offset, options);
    };
  if (getAlarm)
    proto.getAlarm = async function (options) {
      const at = await getAlarm.call(this, options);
      return at === null ? null : at + under(this);
    };
  if (transaction) {
    Object.assign(real, { setAlarm, getAlarm });
    proto.transaction = function (callback) {
      return transaction.call(this, (txn) => {
        owner.set(txn, this);
        patch(txn);
        return callback(txn);
      });
    };
  }
};

// follow shifts the pending alarm of one object to where the clock is now.
const follow = async (storage) => {
  const at = await real.getAlarm.call(storage);
  const from = under(storage);
  base.set(storage, offset);
  if (at !== null && from !== offset) await real.setAlarm.call(storage, Math.max(at - (offset - from), RealDate.now()));
};

const status = async (storage) => {
  const at = await real.getAlarm.call(storage);
  return Response.json({ running: running > 0, inMS: at === null ? null : at - RealDate.now() });
};

const storageOf = new WeakMap(); // of an object

// ring runs an alarm handler with its time as the code knows it.
const ring = async (storage, info, handler) => {
  running++;
  try {
    return await handler(info && { retryCount: info.retryCount, isRetry: info.isRetry, scheduledTime: Number(info.scheduledTime) + under(storage) });
  } finally {
    running--;
  }
};

// A move begins with the new offset, and is settled when every object followed.
export const begin = (to) => { settled = offset; offset = to; };
export const settle = () => { settled = offset; };
export const restart = (at) => { settled = offset = at; };

export const wrap = (name, Base, token) => {
  if (typeof Base !== "function") throw new TypeError(`the Worker exports no class ${name}`);
  const Wrapped = class extends Base {
    constructor(ctx, env) {
      patch(ctx.storage);
      super(ctx, env);
      storageOf.set(this, ctx.storage);
      // Handlers may be fields of the object as well as methods of the class.
      if (Object.hasOwn(this, "fetch")) {
        const own = this.fetch;
        this.fetch = (request) => this.#fetch(request, () => own.call(this, request));
      }
      if (Object.hasOwn(this, "alarm")) {
        const own = this.alarm;
        this.alarm = (info) => ring(ctx.storage, info, (i) => own.call(this, i));
      }
    }
    async #fetch(request, theirs) {
      if (request.headers.get("x-control") !== token) return theirs();
      if (request.headers.get("x-move")) await follow(storageOf.get(this));
      return status(storageOf.get(this));
    }
    fetch(request) {
      return this.#fetch(request, () => super.fetch(request));
    }
  };
  if (typeof Base.prototype.alarm === "function") {
    Wrapped.prototype.alarm = function (info) {
      return ring(storageOf.get(this), info, (i) => Base.prototype.alarm.call(this, i));
    };
  }
  Object.defineProperty(Wrapped, "name", { value: Base.name });
  return Wrapped;
};
