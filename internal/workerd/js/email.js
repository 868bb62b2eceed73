// What cloudflare:email is made of, which the open runtime leaves out: the message
// that a Worker builds before it hands it to a binding.
export class EmailMessage {
  constructor(from, to, raw) {
    Object.assign(this, { from, to, raw });
  }
}
export default { EmailMessage };
