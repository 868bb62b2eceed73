export const page = "Room";
