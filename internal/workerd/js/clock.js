// A clock that can be moved. It is evaluated before the Worker under test, so
// every Date that the Worker sees is virtual. Alarms are set in real time at
// the same distance. Not virtual: setTimeout, scheduler.wait, performance.now
// and SQLite's own date functions.
const RealDate = Date;
let offset = 0;
let running = 0;
const now = () => RealDate.now() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length ? args : [now()], self),
  apply: () => new RealDate(now()).toString(),
  get: (target, key, self) => (key === "now" ? now : Reflect.get(target, key, self)),
});

const patched = new WeakSet();
const real = {};
const patch = (object) => {
  const proto = Object.getPrototypeOf(object);
  if (patched.has(proto)) return;
  patched.add(proto);
  const { setAlarm, getAlarm, transaction } = proto;
  if (setAlarm) proto.setAlarm = function (at, options) { return setAlarm.call(this, Number(at) - offset, options); };
  if (getAlarm)
    proto.getAlarm = async function (options) {
      const at = await getAlarm.call(this, options);
      return at === null ? null : at + offset;
    };
  if (transaction) {
    Object.assign(real, { setAlarm, getAlarm });
    proto.transaction = function (callback) {
      return transaction.call(this, (txn) => {
        patch(txn);
        return callback(txn);
      });
    };
  }
};

// move shifts the pending alarm of one object along with the clock.
const move = async (storage, delta, to) => {
  offset = to;
  const at = await real.getAlarm.call(storage);
  if (at !== null && delta) await real.setAlarm.call(storage, Math.max(at - delta, RealDate.now()));
};

export const setOffset = (to) => { offset = to; };

export const wrap = (Base, token) => {
  const Wrapped = class extends Base {
    #storage;
    constructor(ctx, env) {
      patch(ctx.storage);
      super(ctx, env);
      this.#storage = ctx.storage;
    }
    async fetch(request) {
      if (request.headers.get("x-control") !== token) return super.fetch(request);
      const to = request.headers.get("x-offset");
      if (to) await move(this.#storage, Number(request.headers.get("x-delta")), Number(to));
      const at = await real.getAlarm.call(this.#storage);
      return Response.json({ due: running > 0 || (at !== null && at <= RealDate.now() + 20) });
    }
  };
  if (typeof Base.prototype.alarm === "function") {
    Wrapped.prototype.alarm = async function (info) {
      running++;
      try {
        return await Base.prototype.alarm.call(this, info && { ...info, retryCount: info.retryCount, isRetry: info.isRetry, scheduledTime: Number(info.scheduledTime) + offset });
      } finally {
        running--;
      }
    };
  }
  Object.defineProperty(Wrapped, "name", { value: Base.name });
  return Wrapped;
};
