// Stands in for a binding that the object only needs in order to start.
export default {
  fetch() {
    return new Response("This binding is a stand-in: it answers nothing here.", { status: 501 });
  },
};
